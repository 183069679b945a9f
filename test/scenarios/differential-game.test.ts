import t from 'tap'
import { gradientDescent, lookAhead } from '../../learners/games/differential-game.ts'
import type { Dynamics } from '../../learners/games/two-by-two.ts'
import { type Point, ROTATIONAL_GAME } from '../../runtime/core/games/differential-game.ts'
import { differentialGame } from '../../scenarios/differential-game/index.ts'
import { SoloWorld } from '../fixtures/solo-world.ts'

const CLOSE = 1e-9

function open(options: Record<string, unknown> = {}, seed = 3): SoloWorld {
  const world = new SoloWorld(differentialGame, options)
  world.start(seed)
  return world
}

const pointOf = (world: SoloWorld) => [...world.bound.state['place']!].map(Number) as unknown as Point
const far = (a: ArrayLike<number>, b: ArrayLike<number>) => Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!)

function act(world: SoloWorld, a: number, b: number): readonly number[] {
  world.bound.agents.action.set([a, b])
  world.step()
  return [...world.bound.agents.reward]
}

/** An episode of a scripted policy. */
function play(policy: string, options: Record<string, unknown> = {}): Record<string, number> {
  const world = open(options)
  while (!world.over) {
    world.follow(policy, 0)
    world.step()
  }
  return { ...world.bound.world.metrics() }
}

t.test(
  'each moves its own number, from −stride to stride, and is paid minus its loss where both are then',
  async (t) => {
    const world = open({ moves: 5, stride: 0.5 })
    // To (.5, .75): .125 + 3.75 and .28125 − 3.75.
    t.same(act(world, 0, 1), [-3.875, 3.46875])
    t.same(pointOf(world), [0.5, 0.75])
    act(world, 2, 2)
    t.same(pointOf(world), [0.5, 0.75], 'the move in the middle stays')
    t.same(act(world, 4, 4), [-10.5, 9.5], 'at the bound they stop')
    t.same(pointOf(world), [1, 1])
    for (const target of [
      [0.2, -0.8],
      [-0.6, 0.1],
    ] as const) {
      world.bound.state['place']!.set(target)
      const paid = act(world, 2, 2)
      t.ok(
        far(
          paid,
          ROTATIONAL_GAME.losses(target).map((loss) => -loss),
        ) < 1e-6,
      )
    }
  },
)

t.test('players see their own number, the other’s, and which of them they are', async (t) => {
  const world = open()
  world.bound.state['place']!.set([0.25, -0.5])
  const { recordBytes, hotOffset, inputs, hotAt } = world.plan.spec.groups[0]!.observation
  const { records } = world.observe(0)
  const seen = [0, 1].map((i) => {
    const record = records.slice(i * recordBytes, (i + 1) * recordBytes)
    return [...new Float32Array(record.buffer, 0, 2), new Uint16Array(record.buffer)[hotOffset / 2]! - hotAt]
  })
  t.same(seen, [
    [0.25, -0.5, 0],
    [-0.5, 0.25, 1],
  ])
  t.equal(inputs, 4)
})

t.test('figures are means of the steps, and those of the point where it ends', async (t) => {
  const world = open({ moves: 3, stride: 1, maxSteps: 2 })
  // At (1, 1) the first player's best number is −1, which spares it 20; the second's is 1, where it is.
  t.match(world.bound.world.metrics(), { distance: Math.SQRT2, exploitability: 10, lossA: 0 })
  act(world, 0, 1)
  t.match(world.bound.world.metrics(), { distance: 1, lossA: 0, lossB: 0.5 })
  // Against y = 1 the best x is −1, for a loss of −9.5; against x = 0 the best y is 0, for 0.
  t.equal(world.bound.world.metrics()['exploitability'], (9.5 + 0.5) / 2)
  act(world, 1, 0)
  t.same(world.bound.world.metrics(), {
    lossA: 0,
    lossB: 0.25,
    meanDistance: 0.5,
    distance: 0,
    exploitability: 0,
  })
  t.ok(world.over)
  t.notOk(world.bound.world.ended(), 'a time-out')
})

t.test('no number spares a player more than exploitability says', async (t) => {
  const numbers = Array.from({ length: 201 }, (_, i) => i / 100 - 1)
  for (const target of [
    [0.3, 0.05],
    [-0.9, 0.02],
    [0.04, -1],
    [0, 0],
  ] as const) {
    const world = open()
    world.bound.state['place']!.set(target)
    const [x, y] = target
    const [lossA, lossB] = ROTATIONAL_GAME.losses(target)
    const spared =
      lossA -
      Math.min(...numbers.map((own) => ROTATIONAL_GAME.losses([own, y])[0])) +
      lossB -
      Math.min(...numbers.map((own) => ROTATIONAL_GAME.losses([x, own])[1]))
    t.ok(Math.abs(world.bound.world.metrics()['exploitability']! - spared / 2) < CLOSE, target.join())
  }
})

t.test('scripted players take the steps of exact learners, to the nearest move', async (t) => {
  const rules: readonly (readonly [policy: string, dynamics: Dynamics])[] = [
    ['gradient', gradientDescent(ROTATIONAL_GAME, 0.02)],
    ['look-ahead', lookAhead(ROTATIONAL_GAME, 0.02)],
  ]
  for (const [policy, dynamics] of rules) {
    const world = open({ moves: 1001 })
    world.bound.state['place']!.set([0.6, -0.1])
    for (let step = 1; step <= 50; step++) {
      const due = dynamics(pointOf(world), step)
      world.follow(policy, 0)
      world.step()
      const off = far(pointOf(world), due)
      if (off > (0.25 / 500) * Math.SQRT1_2 + CLOSE) t.fail(`${policy}, step ${step}: ${off}`)
    }
  }
})

t.test(
  'who follows its gradient circles at the bounds, who looks ahead comes to the equilibrium',
  async (t) => {
    const circling = play('gradient')
    t.ok(circling['meanDistance']! > 0.95 && circling['distance']! > 0.95, JSON.stringify(circling))
    const settling = play('look-ahead')
    t.ok(settling['distance']! < 0.06 && settling['exploitability']! < 0.1, JSON.stringify(settling))
    // What is left is the width of a move.
    t.ok(play('look-ahead', { moves: 1001, maxSteps: 200 })['distance']! < 0.006)
  },
)

t.test('games start at (1, 1), or anywhere', async (t) => {
  t.same(pointOf(open()), [1, 1])
  const starts = Array.from({ length: 200 }, (_, seed) => pointOf(open({ start: 'anywhere' }, seed)))
  t.ok(starts.flat().every((number) => number >= -1 && number <= 1))
  const quadrants = new Set(starts.map(([x, y]) => `${Math.sign(x)} ${Math.sign(y)}`))
  t.equal(quadrants.size, 4)
  t.ok(Math.max(...starts.flat()) > 0.95 && Math.min(...starts.flat()) < -0.95)
})

t.test('an even number of moves is refused: none of them would stay', async (t) => {
  t.throws(() => open({ moves: 20 }), /expected an odd number/)
})
