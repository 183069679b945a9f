import t from 'tap'
import { lever } from '../../scenarios/lever/index.ts'
import { SoloWorld } from '../fixtures/solo-world.ts'

function open(options: Record<string, unknown> = {}): SoloWorld {
  const world = new SoloWorld(lever, options)
  world.start(3)
  return world
}

/** Mean share of levers that somebody pulled, over so many games of a policy. */
function play(
  policy: 'random' | 'by-id' | 'by-rank',
  games: number,
  options: Record<string, unknown> = {},
): number {
  const world = open({ maxSteps: games, ...options })
  const { living } = world.bound.agents
  for (let game = 0; game < games; game++) {
    if (policy === 'random') world.actRandomly(0)
    else world.bound.world.policies[policy]!(0, 0, living[0]!)
    world.step()
  }
  return world.bound.world.metrics()['distinct']!
}

t.test('an agent sees its own number, all are different, and each game draws anew', async (t) => {
  const world = open({ agents: 6, ids: 9 })
  const { recordBytes, hotOffset } = world.plan.spec.groups[0]!.observation
  const draws = Array.from({ length: 20 }, () => {
    const seen = new Uint16Array(world.observe(0).records.buffer)
    const numbers = Array.from({ length: 6 }, (_, i) => seen[(i * recordBytes + hotOffset) / 2]!)
    t.same(numbers, [...world.bound.state['drawn']!])
    world.actRandomly(0)
    world.step()
    return numbers
  })
  t.ok(draws.every((numbers) => new Set(numbers).size === 6 && numbers.every((number) => number < 9)))
  t.equal(new Set(draws.map(String)).size, draws.length)
  const places = Array.from({ length: 6 }, (_, i) => new Set(draws.map((numbers) => numbers[i])).size)
  t.ok(
    places.every((different) => different > 4),
    'any number in any place',
  )
})

t.test('everybody is paid the share of levers that somebody pulled', async (t) => {
  const world = open()
  const { action, reward } = world.bound.agents
  for (const [pulled, share] of [
    [[0, 0, 0, 0, 0], 0.2],
    [[0, 1, 1, 4, 4], 0.6],
    [[4, 2, 0, 1, 3], 1],
  ] as const) {
    action.set(pulled)
    world.step()
    t.ok(
      reward.every((paid) => Math.abs(paid - share) < 1e-6),
      `${share}`,
    )
  }
  t.ok(Math.abs(world.bound.world.metrics()['distinct']! - 0.6) < 1e-6)
})

t.test('random play, the best without a word, and ranks pay what they are known to', async (t) => {
  const random = play('random', 20_000)
  t.ok(Math.abs(random - (1 - 0.8 ** 5)) < 0.005, `${random}`)
  // The chance that none of the four numbers of a lever is among the five drawn of 20: C(16, 5) / C(20, 5).
  const silent = play('by-id', 20_000)
  t.ok(Math.abs(silent - 0.718) < 0.005, `${silent}`)
  t.equal(play('by-rank', 100), 1)
})

t.test('more agents than numbers are refused', async (t) => {
  t.throws(() => open({ agents: 5, ids: 4 }), {
    code: 'ERR_CONFIG_INVALID',
    message: /^--ids: expected a number for each of 5 agents, got 4/,
  })
})
