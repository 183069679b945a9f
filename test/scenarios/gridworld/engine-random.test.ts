import t from 'tap'
import { nextEngine, seedEngine } from '../../../scenarios/gridworld/engine-random.ts'
import { readRecording } from '../../fixtures/recordings.ts'
import { armies, openGrid } from './_grid.ts'

interface RecordedNumbers {
  readonly outputs: Readonly<Record<string, readonly number[]>>
  readonly shuffles: readonly {
    readonly seed: number
    readonly n: number
    readonly result: readonly number[]
  }[]
}

const RECORDED = readRecording<RecordedNumbers>('rng.json')

t.test("the generator gives the engine's numbers for every seed", async (t) => {
  for (const [seed, outputs] of Object.entries(RECORDED.outputs)) {
    let state = seedEngine(Number(seed))
    t.same(
      outputs.map(() => {
        state = nextEngine(state)
        return state
      }),
      outputs,
      `seed ${seed}`,
    )
  }
})

t.test('seeds are taken modulo 2³¹ − 1, and 0 counts as 1', async (t) => {
  t.same([0, 1, 2 ** 31 - 2, 2 ** 31 - 1, 2 ** 32 - 1].map(seedEngine), [1, 1, 2 ** 31 - 2, 1, 1])
})

t.test(
  "attackers strike in the order of the engine's shuffle, which leaves the generator behind it",
  async (t) => {
    const { solo, world } = openGrid(armies(20, 16))
    const { agents, state } = solo.bound
    const shuffle = world.phases.find(({ name }) => name === 'shuffle')!
    for (const { seed, n, result } of RECORDED.shuffles) {
      world.clearMap(seedEngine(seed))
      for (let i = 0; i < n; i++) world.tryPlace(0, 1 + i, 1)
      agents.action.fill(world.plan.groups[0]!.moves.length, 0, n)
      if (shuffle.kind === 'serial') shuffle.run()
      t.same([...state['attackers']!.subarray(0, n)], result, `seed ${seed}, ${n} attackers`)
      const turns = result.map((slot) => state['turn']![slot])
      t.same(turns, [...turns.keys()], `turns of seed ${seed}`)
      let engine = seedEngine(seed)
      for (let i = 0; i < n; i++) engine = nextEngine(engine)
      t.equal(state['engine']![0], engine)
    }
  },
)
