import t from 'tap'
import { Clock } from '../../runtime/core/scenario.ts'
import { switchGame } from '../../scenarios/switch/index.ts'
import { SoloWorld } from '../fixtures/solo-world.ts'

const [DOWN, LEFT, UP, RIGHT, STAY] = [0, 1, 2, 3, 4]

function open(options: Record<string, unknown> = {}): SoloWorld {
  const world = new SoloWorld(switchGame, options)
  world.start(1)
  return world
}

function act(world: SoloWorld, ...actions: readonly number[]): readonly number[] {
  world.bound.agents.action.set(actions)
  world.step()
  return Array.from(
    world.bound.agents.reward.subarray(0, actions.length),
    (paid) => Math.round(paid * 100) / 100,
  )
}

/** Row and column of every agent. */
function places(world: SoloWorld): readonly (readonly [row: number, column: number])[] {
  return Array.from(world.bound.state['cell']!, (cell) => [Math.floor(cell / 7), cell % 7] as const)
}

/** Floats of each agent's record. */
function seen(world: SoloWorld): readonly (readonly number[])[] {
  const { recordBytes, scalars } = world.plan.spec.groups[0]!.observation
  const floats = new Float32Array(world.observe(0).records.buffer)
  return Array.from({ length: world.bound.agents.living[0]! }, (_, i) =>
    Array.from(scalars, (_, j) => Math.round(floats[(i * recordBytes) / 4 + j]! * 1000) / 1000),
  )
}

function playOptimal(options: Record<string, unknown>): SoloWorld {
  const world = open(options)
  while (!world.over) {
    world.follow('optimal', 0)
    world.step()
  }
  return world
}

t.test('agents start where ma-gym has them, and move down, left, up and right', async (t) => {
  const world = open({ agents: 4 })
  t.same(places(world), [
    [0, 1],
    [0, 5],
    [2, 1],
    [2, 5],
  ])
  t.same(act(world, DOWN, RIGHT, LEFT, STAY), [-0.1, -0.1, -0.1, -0.1])
  t.same(places(world), [
    [1, 1],
    [0, 6],
    [2, 0],
    [2, 5],
  ])
  act(world, RIGHT, LEFT, UP, UP)
  t.same(places(world), [
    [1, 2],
    [0, 5],
    [1, 0],
    [1, 5],
  ])
})

t.test(
  'walls, the edge and agents stop whoever moves into them; later ones see earlier ones move',
  async (t) => {
    const world = open({ agents: 4 })
    act(world, RIGHT, UP, RIGHT, DOWN)
    t.same(places(world), [
      [0, 1],
      [0, 5],
      [2, 1],
      [2, 5],
    ])
    // Agent 0 goes where agent 2 goes too, and is first; agent 1 leaves what agent 3 then enters.
    act(world, DOWN, DOWN, UP, STAY)
    act(world, STAY, LEFT, STAY, UP)
    t.same(places(world), [
      [1, 1],
      [1, 4],
      [2, 1],
      [1, 5],
    ])
    // Agent 1 cannot enter the cell of agent 3, which leaves it only afterwards.
    act(world, STAY, RIGHT, STAY, DOWN)
    t.same(places(world)[1], [1, 4])
  },
)

t.test('who arrives is paid 5 instead of the cost, leaves the list, and stands in the way', async (t) => {
  const world = open()
  const { agents } = world.bound
  for (const first of [DOWN, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT]) act(world, first, STAY)
  t.same(places(world)[0], [1, 6])
  t.same(act(world, UP, STAY), [5, -0.1])
  t.same([...agents.next.subarray(0, 2)], [-1, 0])
  t.equal(agents.living[0], 1)
  t.equal(agents.id[0], 1)
  t.same(act(world, RIGHT), [-0.1])
  t.same(places(world), [
    [0, 6],
    [0, 5],
  ])
  t.notOk(world.bound.world.ended())
})

t.test('before July 2021, who has arrived pays on, stays and does not move', async (t) => {
  const world = open({ rewards: 'before-july-2021' })
  for (const first of [DOWN, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT]) act(world, first, STAY)
  t.same(act(world, UP, STAY), [5, -0.1])
  t.same(act(world, DOWN, STAY), [-0.1, -0.1])
  t.same(places(world)[0], [0, 6])
  t.equal(world.bound.agents.living[0], 2)
})

t.test('with a shared reward all are paid alike, and stay to the end', async (t) => {
  const world = open({ sharedReward: true })
  for (const first of [DOWN, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT]) {
    t.same(act(world, first, STAY), [-0.1, -0.1])
  }
  t.same(act(world, UP, STAY), [2.45, 2.45])
  t.same(act(world, DOWN, STAY), [-0.05, -0.05], 'who has arrived pays nothing')
  t.equal(world.bound.agents.living[0], 2)
  const old = open({ sharedReward: true, rewards: 'before-july-2021' })
  t.same(act(old, STAY, STAY), [-0.1, -0.1])
})

/** 5 an agent, less 0.1 for each step of one under way: 17, 26 and 39. */
const OPTIMA = [
  { agents: 2, steps: 12, current: 8.3, before: 7.8 },
  { agents: 3, steps: 14, current: 12.4, before: 11.1 },
  { agents: 4, steps: 15, current: 16.1, before: 14.4 },
]

for (const { agents, steps, current, before } of OPTIMA) {
  t.test(
    `the shortest solution of ${agents} agents earns ${current}, and ${before} in the old version`,
    async (t) => {
      for (const [rewards, optimum] of [
        ['current', current],
        ['before-july-2021', before],
      ] as const) {
        const world = playOptimal({ agents, rewards })
        const { arrived, teamReturn } = world.bound.world.metrics()
        t.ok(world.bound.world.ended())
        t.equal(world.bound.agents.clock[Clock.step], steps)
        t.equal(arrived, agents)
        t.ok(Math.abs(teamReturn! - optimum) < 1e-9, `${teamReturn}`)
      }
    },
  )
}

t.test(
  'an agent sees its own place, or that of all, with the clock behind each and its number',
  async (t) => {
    const own = open({ view: 'partial' })
    t.same(seen(own), [
      [0, 0.17],
      [0, 0.83],
    ])
    const all = open({ clock: true, agents: 3 })
    act(all, DOWN, STAY, STAY)
    const everyone = [0.5, 0.17, 0.02, 0, 0.83, 0.02, 1, 0.17, 0.02]
    t.same(seen(all), [everyone, everyone, everyone])
    const { recordBytes, hotOffset, inputs } = all.plan.spec.groups[0]!.observation
    const numbers = new Uint16Array(all.observe(0).records.buffer)
    t.same(
      [0, 1, 2].map((i) => numbers[(i * recordBytes + hotOffset) / 2]),
      [0, 1, 2],
    )
    t.equal(inputs, 12)
    t.equal(open({ agentId: false }).plan.spec.groups[0]!.observation.inputs, 4)
  },
)

t.test('a time-out is no end of the task', async (t) => {
  const world = open({ maxSteps: 3 })
  for (let step = 0; step < 3; step++) act(world, STAY, STAY)
  t.ok(world.over)
  t.notOk(world.bound.world.ended())
  t.same([...world.bound.agents.next], [0, 1])
})
