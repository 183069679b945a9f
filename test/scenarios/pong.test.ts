import t from 'tap'
import { Clock } from '../../runtime/core/scenario.ts'
import { pong } from '../../scenarios/pong/index.ts'
import { SoloWorld } from '../fixtures/solo-world.ts'

const [UP, STAY, DOWN] = [0, 1, 2]

function open(options: Record<string, unknown> = {}, seed = 1): SoloWorld {
  const world = new SoloWorld(pong, options)
  world.start(seed)
  return world
}

/** A game with the ball and the upper cells of the paddles where they are told to be. */
function set(
  ball: readonly [column: number, row: number, right: number, down: number],
  paddles: readonly number[],
) {
  const world = open()
  world.bound.state['ball']!.set(ball)
  world.bound.state['paddle']!.set(paddles)
  return world
}

function act(world: SoloWorld, left = STAY, right = STAY): readonly number[] {
  world.bound.agents.action.set([left, right])
  world.step()
  return [...world.bound.agents.reward]
}

const ballOf = (world: SoloWorld) => [...world.bound.state['ball']!]

t.test('paddles move a row a step and stop at the edges', async (t) => {
  const world = set([7, 5, 1, 1], [1, 8])
  act(world, UP, DOWN)
  t.same([...world.bound.state['paddle']!], [0, 9])
  act(world, UP, DOWN)
  t.same([...world.bound.state['paddle']!], [0, 9])
})

t.test('the ball flies a row and a column a step, and off the upper and lower walls', async (t) => {
  const world = set([5, 1, 1, -1], [0, 0])
  const seen = [0, 1, 2].map(() => {
    act(world)
    return ballOf(world)
  })
  t.same(seen, [
    [6, 0, 1, -1],
    [7, 1, 1, 1],
    [8, 2, 1, 1],
  ])
  const low = set([5, 11, -1, 1], [0, 0])
  act(low)
  t.same(ballOf(low), [4, 10, -1, -1])
})

t.test(
  'a paddle throws the ball back: up from its upper cell, down from its lower, as it came from the middle',
  async (t) => {
    for (const { paddle, down, expected } of [
      { paddle: 6, down: 1, expected: -1 },
      { paddle: 5, down: 1, expected: 1 },
      { paddle: 4, down: 1, expected: 1 },
      { paddle: 4, down: -1, expected: -1 },
      { paddle: 3, down: -1, expected: -1 },
      { paddle: 2, down: -1, expected: 1 },
    ]) {
      const world = set([1, 5, -1, down], [paddle, 0])
      t.same(act(world), [0, 0])
      t.same(ballOf(world), [1, 5 + down, 1, expected], `paddle at ${paddle}, ball flying ${down}`)
      const mirrored = set([14, 5, 1, down], [0, paddle])
      act(mirrored)
      t.same(ballOf(mirrored), [14, 5 + down, -1, expected])
    }
  },
)

t.test('a paddle that moves there in the same step is in time', async (t) => {
  t.same(act(set([1, 5, -1, 1], [7, 0])), [-1, 1])
  t.same(act(set([1, 5, -1, 1], [7, 0]), UP), [0, 0])
})

t.test('a ball that gets past is a point; paddles go to the middle, and the loser is served', async (t) => {
  const world = set([14, 5, 1, 1], [0, 0])
  t.same(act(world, UP, UP), [1, -1])
  t.match(world.bound.world.metrics(), { leftPoints: 1, rightPoints: 0 })
  const [column, , right] = ballOf(world)
  t.same([column, right], [7, 1])
  t.same([...world.bound.state['paddle']!], [4, 4])
  t.same(act(set([1, 5, -1, 1], [0, 0])), [-1, 1])
})

t.test('five points end the game, a time-out does not', async (t) => {
  const world = open()
  while (!world.over) act(world, UP, DOWN)
  const { leftPoints, rightPoints } = world.bound.world.metrics()
  t.ok(world.bound.world.ended())
  t.equal(Math.max(leftPoints!, rightPoints!), 5)
  t.equal(world.bound.world.score(0), leftPoints)
  const short = open({ maxSteps: 3 })
  for (let step = 0; step < 3; step++) act(short)
  t.ok(short.over)
  t.notOk(short.bound.world.ended())
})

t.test('both players see the game from their own side', async (t) => {
  const world = set([4, 3, -1, 1], [2, 9])
  const seen = (group: number) =>
    [...new Float32Array(world.observe(group).records.buffer)].map((value) => Math.round(value * 100) / 100)
  t.same(seen(0), [-0.47, -0.45, -1, 1, -0.56, 1, 0, 0])
  t.same(seen(1), [0.47, -0.45, 1, 1, 1, -0.56, 0, 0])
  const together = open({ sides: 'together' })
  t.equal(together.observe(0).records.length, 2 * 32)
  t.same([...together.bound.agents.living], [2])
})

t.test('nothing gets past a follower, and it beats random play', async (t) => {
  const both = open()
  while (!both.over) {
    for (const group of [0, 1]) both.follow('follower', group)
    both.step()
  }
  t.equal(both.bound.agents.clock[Clock.step], 1000)
  t.match(both.bound.world.metrics(), { leftPoints: 0, rightPoints: 0 })
  t.ok(both.bound.world.metrics()['returns']! > 50)
  for (const seed of [1, 2, 3, 4, 5]) {
    const world = open({}, seed)
    while (!world.over) {
      world.actRandomly(0)
      world.follow('follower', 1)
      world.step()
    }
    t.match(world.bound.world.metrics(), { leftPoints: 0, rightPoints: 5 })
  }
})

t.test('who serves first and where to is drawn', async (t) => {
  const serves = Array.from({ length: 40 }, (_, seed) => ballOf(open({}, seed)))
  t.same(new Set(serves.map(([column, , right]) => `${column} ${right}`)), new Set(['8 -1', '7 1']))
  t.ok(new Set(serves.map(([, row]) => row)).size > 8)
  t.same(new Set(serves.map(([, , , down]) => down)), new Set([-1, 1]))
})
