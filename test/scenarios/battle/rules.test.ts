import t from 'tap'
import { nextEngine, seedEngine } from '../../../scenarios/battle/engine-random.ts'
import {
  ACTION_COUNT,
  ACTION_DX,
  ACTION_DY,
  MOVE_COUNT,
  STAY,
  VIEW_CELLS,
  VIEW_SIZE,
} from '../../../scenarios/battle/rules.ts'
import { openBattle, readRecording } from './_battle.ts'

interface AgentType {
  readonly actions: number
  readonly moves: readonly { readonly id: number; readonly dxdy: readonly [number, number] }[]
  readonly attacks: readonly { readonly id: number; readonly dxdy_from_anchor: readonly [number, number] }[]
  readonly view_rows: number
  readonly view_mask: readonly string[]
  readonly view_top_left_from_anchor: readonly [number, number]
}

interface Rng {
  readonly outputs: Readonly<Record<string, readonly number[]>>
  readonly shuffles: readonly {
    readonly seed: number
    readonly n: number
    readonly result: readonly number[]
  }[]
}

const TYPE = readRecording<{ types: Record<string, AgentType> }>('geometry.json').types[
  'battle/battlefield small'
]!
const RNG = readRecording<Rng>('rng.json')

t.test("moves and attacks are the engine's, in its order", async (t) => {
  t.equal(ACTION_COUNT, TYPE.actions)
  t.equal(MOVE_COUNT, TYPE.moves.length)
  const expected = [
    ...TYPE.moves.map(({ id, dxdy }) => [id, ...dxdy]),
    ...TYPE.attacks.map(({ id, dxdy_from_anchor }) => [id, ...dxdy_from_anchor]),
  ]
  t.same(
    Array.from({ length: ACTION_COUNT }, (_, action) => [action, ACTION_DX[action], ACTION_DY[action]]),
    expected,
  )
  t.same(TYPE.moves[STAY]!.dxdy, [0, 0])
})

t.test("seen cells are those of the engine's view mask, row by row", async (t) => {
  const [left, top] = TYPE.view_top_left_from_anchor
  const expected = TYPE.view_mask.flatMap((row, y) =>
    row.split('').flatMap((seen, x) => (seen === '1' ? [{ dx: left + x, dy: top + y }] : [])),
  )
  t.same(VIEW_CELLS, expected)
  t.equal(VIEW_SIZE, TYPE.view_rows)
})

t.test("the generator gives the engine's numbers for every seed", async (t) => {
  for (const [seed, outputs] of Object.entries(RNG.outputs)) {
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

t.test("attackers strike in the order of the engine's shuffle", async (t) => {
  const { solo, world } = openBattle({ agents: 32, mapSize: 20 })
  const { agents, state } = solo.bound
  const attack = world.phases.find(({ name }) => name === 'attack')!
  for (const { seed, n, result } of RNG.shuffles) {
    world.clearMap(seedEngine(seed))
    for (let i = 0; i < n; i++) world.place(0, 1 + i, 1)
    agents.action.fill(MOVE_COUNT, 0, n)
    if (attack.kind === 'serial') attack.run()
    t.same([...state['attackers']!.subarray(0, n)], result, `seed ${seed}, ${n} attackers`)
  }
})
