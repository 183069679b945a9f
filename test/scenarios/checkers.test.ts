import t from 'tap'
import { ObservationExpander } from '../../runtime/core/observation.ts'
import { Clock } from '../../runtime/core/scenario.ts'
import { checkers } from '../../scenarios/checkers/index.ts'
import { SoloWorld } from '../fixtures/solo-world.ts'

const [DOWN, LEFT, UP, RIGHT, STAY] = [0, 1, 2, 3, 4]
const PLAIN = { view: 'partial', agentId: false }

function open(options: Record<string, unknown> = {}): SoloWorld {
  const world = new SoloWorld(checkers, options)
  world.start(1)
  return world
}

function act(world: SoloWorld, first: number, second: number): readonly number[] {
  world.bound.agents.action.set([first, second])
  world.step()
  return Array.from(world.bound.agents.reward, (paid) => Math.round(paid * 100) / 100)
}

function places(world: SoloWorld): readonly (readonly number[])[] {
  return Array.from(world.bound.state['cell']!, (cell) => [Math.floor(cell / 8), cell % 8])
}

/** The dense observation of an agent. */
function dense(world: SoloWorld, agent: number): Float32Array {
  const space = world.plan.spec.groups[0]!.observation
  const out = new Float32Array(space.inputs)
  const { records, shared } = world.observe(0)
  new ObservationExpander(space).expand(records, agent * space.recordBytes, shared, 0, out, 0)
  return out
}

t.test('the board has nine apples and nine lemons, and agents start beside it', async (t) => {
  const world = open()
  const rows = [0, 1, 2].map((row) =>
    [...world.bound.state['food']!.subarray(row * 8, row * 8 + 8)].map((food) => '.la'[food]).join(''),
  )
  t.same(rows, ['alalal..', 'lalala..', 'alalal..'])
  t.same(places(world), [
    [0, 6],
    [2, 6],
  ])
})

for (const { rewards, worth } of [
  { rewards: 'current', worth: 10 },
  { rewards: 'before-july-2021', worth: 5 },
]) {
  t.test(`food is worth ${worth} to the sensitive agent and 1 to the other: ${rewards}`, async (t) => {
    const world = open({ rewards })
    t.same(act(world, LEFT, LEFT), [-worth - 0.01, -1.01], 'both eat a lemon')
    t.same(act(world, DOWN, UP), [worth - 0.01, -0.01], 'one apple; the other agent is in the way')
    t.same(act(world, STAY, LEFT), [-0.01, 0.99])
    t.same(act(world, UP, RIGHT), [-0.01, -0.01], 'what was eaten is gone')
    t.same(places(world), [
      [0, 5],
      [2, 5],
    ])
    t.match(world.bound.world.metrics(), { apples: 2, lemons: 2, sensitiveApples: 1 })
  })
}

t.test('with a shared reward both are paid half of what they earn together', async (t) => {
  const world = open({ sharedReward: true })
  t.same(act(world, LEFT, LEFT), [-5.51, -5.51])
  t.ok(Math.abs(world.bound.world.metrics()['teamReturn']! + 11.02) < 1e-9)
})

t.test('the edge and agents stop whoever moves into them', async (t) => {
  const world = open()
  act(world, UP, DOWN)
  t.same(places(world), [
    [0, 6],
    [2, 6],
  ])
  act(world, DOWN, UP)
  t.same(places(world), [
    [1, 6],
    [2, 6],
  ])
  act(world, RIGHT, UP)
  act(world, RIGHT, RIGHT)
  t.same(places(world), [
    [1, 7],
    [1, 6],
  ])
})

for (const { rewards, optimum } of [
  { rewards: 'current', optimum: 86.26 },
  { rewards: 'before-july-2021', optimum: 41.26 },
]) {
  t.test(`the best that can be done earns ${optimum}: ${rewards}`, async (t) => {
    const world = open({ rewards })
    while (!world.over) {
      world.follow('optimal', 0)
      world.step()
    }
    const { teamReturn, ...eaten } = world.bound.world.metrics()
    t.ok(world.bound.world.ended())
    t.equal(world.bound.agents.clock[Clock.step], 37)
    t.same(eaten, { apples: 9, lemons: 3, sensitiveApples: 9 })
    t.ok(Math.abs(teamReturn! - optimum) < 1e-9, `${teamReturn}`)
  })
}

t.test('an agent sees its place and 3 × 3 cells, with lemons, apples and agents apart', async (t) => {
  const world = open(PLAIN)
  act(world, LEFT, UP)
  const { inputs, scalarsAt } = world.plan.spec.groups[0]!.observation
  t.equal(inputs, 47)
  const [first, second] = [dense(world, 0), dense(world, 1)]
  const close = (seen: Float32Array, expected: readonly number[]) =>
    expected.every((value, i) => Math.abs(seen[scalarsAt + i]! - value) < 1e-6)
  t.ok(close(first, [0, 0.71]))
  t.ok(close(second, [0.33, 0.86]))
  const hot = (seen: Float32Array) =>
    [...seen.subarray(0, 45)].flatMap((value, i) => (value === 1 ? [i] : []))
  const [LEMON, APPLE, A, B] = [0, 1, 2, 3]
  // Agent 0 at (0, 5): above it is nothing; (0, 4) apple; (1, 4) lemon, (1, 5) apple, (1, 6) agent 1.
  t.same(hot(first), [15 + APPLE, 20 + A, 30 + LEMON, 35 + APPLE, 40 + B])
  // Agent 1 at (1, 6): (0, 5) agent 0, (1, 5) apple, (2, 5) lemon.
  t.same(hot(second), [A, 15 + APPLE, 20 + B, 30 + LEMON])
})

t.test(
  'with the full view both see the same, and their number and the clock where they are asked for',
  async (t) => {
    const world = open({ agentId: false })
    act(world, LEFT, STAY)
    t.same(dense(world, 0), dense(world, 1))
    t.equal(dense(world, 0).length, 94)
    const told = open({ clock: true })
    act(told, LEFT, STAY)
    const { hotAt, scalarsAt } = told.plan.spec.groups[0]!.observation
    t.equal(dense(told, 0).length, 98)
    t.same([...dense(told, 1).subarray(hotAt, hotAt + 2)], [0, 1])
    t.ok(Math.abs(dense(told, 0)[scalarsAt + 2]! - 0.01) < 1e-6)
  },
)

t.test('a time-out is no end of the task', async (t) => {
  const world = open()
  while (!world.over) act(world, STAY, STAY)
  t.equal(world.bound.agents.clock[Clock.step], 100)
  t.notOk(world.bound.world.ended())
  t.ok(Math.abs(world.bound.world.metrics()['teamReturn']! + 2) < 1e-9)
})
