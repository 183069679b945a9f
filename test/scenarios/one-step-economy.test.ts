import t from 'tap'
import { economy, equilibrium, utilities, welfareOf } from '../../runtime/core/games/economy-equilibrium.ts'
import {
  federalTax,
  flatTax,
  LABOUR_LEVELS,
  RATES,
  type Tax,
} from '../../runtime/core/games/one-step-economy.ts'
import { Random, seedKey } from '../../runtime/core/rng.ts'
import { Clock } from '../../runtime/core/scenario.ts'
import { oneStepEconomy } from '../../scenarios/one-step-economy/index.ts'
import { SoloWorld } from '../fixtures/solo-world.ts'

const CLOSE = 1e-6
/** Of rewards. */
const UNIT = 100
const DRAW = 1_100

function open(options: Record<string, unknown> = {}, seed = 3): SoloWorld {
  const world = new SoloWorld(oneStepEconomy, options)
  world.start(seed)
  return world
}

function act(world: SoloWorld, actions: readonly number[]): readonly number[] {
  world.bound.agents.action.set(actions)
  world.step()
  return [...world.bound.agents.reward]
}

/** An episode: the planner's action, and people's. @returns rewards of the second step */
function live(world: SoloWorld, rate: number, levels: readonly number[]): readonly number[] {
  world.start(1)
  act(world, [7, 8, 9, 10, rate])
  return act(world, [...levels, 0])
}

/** An episode of the scripted policy. */
function follow(world: SoloWorld): Record<string, number> {
  while (!world.over) {
    world.follow('equilibrium', 0)
    world.step()
  }
  return { ...world.bound.world.metrics() }
}

const near = (a: readonly number[], b: readonly number[], within = CLOSE) =>
  a.length === b.length && a.every((own, i) => Math.abs(own - b[i]!) < within)

/** What a system pays, by the exact functions. */
function due(tax: Tax, riskAversion: number, levels: readonly number[]): readonly number[] {
  const world = economy(tax, riskAversion, LABOUR_LEVELS)
  const hours = levels.map((level) => LABOUR_LEVELS[level]!)
  return [...utilities(world, hours), welfareOf(world, hours)].map((paid) => paid / UNIT)
}

t.test('all are paid what the exact functions say, under every tax and for any hours', async (t) => {
  const random = new Random(seedKey(2))
  const systems = [
    ...RATES.map((rate, k) => ({ name: `${rate}`, tax: flatTax(rate), options: {}, k })),
    { name: 'federal', tax: federalTax, options: { tax: 'federal' }, k: 3 },
    { name: 'none', tax: flatTax(0), options: { tax: 'none' }, k: 3 },
    { name: 'fixed', tax: flatTax(0.4), options: { taxRate: 0.4 }, k: 3 },
  ]
  for (const { name, tax, options, k } of systems) {
    for (const riskAversion of [0.23, 0.6]) {
      const world = open({ ...options, riskAversion })
      for (let game = 0; game < 20; game++) {
        const levels = [0, 1, 2, 3].map((person) => random.below(21, DRAW, game, person))
        const paid = live(world, k, levels)
        if (!near(paid, due(tax, riskAversion, levels))) t.fail(`${name}, ${levels.join()}: ${paid.join()}`)
      }
    }
  }
})

t.test('the federal tax is that computed by hand', async (t) => {
  const world = open({ tax: 'federal' })
  live(world, 5, [20, 10, 4, 0])
  // Of 113.3, 66.35, 32.94 and 0 coin.
  const taxes = [0.97 + 3.573 + 9.8395 + 0.24 * 29.1, 0.97 + 3.573 + 0.22 * 26.875, 0.97 + 0.12 * 23.24, 0]
  const all = taxes.reduce((a, b) => a + b)
  const coin = [113.3, 66.35, 32.94, 0].map((earned, i) => earned - taxes[i]! + all / 4)
  t.ok(near([...world.bound.state['coin']!].map(Number), coin))
  const { taxRate, productivity, hours } = world.bound.world.metrics()
  t.ok(near([taxRate!, productivity!, hours!], [all / 212.59, 212.59 / 4, 42.5]))
})

t.test('nobody is paid in the first step, and a game ends with the second', async (t) => {
  for (const options of [{}, { taxRate: 0.5 }, { tax: 'federal' }]) {
    const world = open(options)
    world.bound.agents.reward.fill(9)
    t.same(act(world, [20, 3, 5, 0, 10]), [0, 0, 0, 0, 0])
    t.notOk(world.over)
    act(world, [20, 20, 20, 20, 20])
    t.ok(world.bound.world.ended(), 'an end, and no time-out')
    t.equal(world.bound.agents.clock[Clock.step], 2)
  }
})

t.test('who does not choose in a step does nothing', async (t) => {
  const world = open()
  const outcomes = [0, 20].map((idle) => {
    world.start(1)
    act(world, [idle, idle, idle, idle, 5])
    return act(world, [20, 10, 4, 0, idle])
  })
  t.same(outcomes[0], outcomes[1])
  const fixed = open({ taxRate: 0.3 })
  t.same(live(fixed, 0, [20, 10, 4, 0]), live(fixed, 20, [20, 10, 4, 0]), 'a planner that looks on')
})

t.test('all see the tax once it is set, and who they are', async (t) => {
  for (const [options, rate, seen] of [
    [{}, 0, 1],
    [{}, 20, 21],
    [{ taxRate: 0.25 }, 20, 6],
    [{ tax: 'none' }, 20, 1],
    [{ tax: 'federal' }, 20, 22],
  ] as const) {
    const world = open(options)
    const { inputs, recordBytes } = world.plan.spec.groups[0]!.observation
    t.equal(inputs, 1 + 22 + 5)
    const records = () => {
      const hot = new Uint16Array(world.observe(0).records.buffer)
      return [0, 1, 2, 3, 4].map((i) => [...hot.subarray((i * recordBytes) / 2, (i * recordBytes) / 2 + 2)])
    }
    t.same(
      records(),
      [0, 1, 2, 3, 4].map((i) => [0, 23 + i]),
    )
    act(world, [4, 4, 4, 4, rate])
    t.same(
      records(),
      [0, 1, 2, 3, 4].map((i) => [seen, 23 + i]),
    )
  }
})

t.test('figures are those of the episode', async (t) => {
  const world = open()
  t.match(world.bound.world.metrics(), { welfare: 0, productivity: 0, taxRate: 0, hours: 0, utility: 0 })
  const paid = live(world, 20, [20, 0, 20, 0])
  const { welfare, equality, productivity, taxRate, hours, utility } = world.bound.world.metrics()
  // All that is earned is shared out.
  t.ok(near([welfare!, equality!, productivity!], [278 / 4, 1, 278 / 4]))
  t.same([taxRate, hours], [1, 50])
  t.ok(near([utility!], [(paid.slice(0, 4).reduce((a, b) => a + b) * UNIT) / 4], 1e-4))
  t.equal(world.bound.world.score(0), welfare)
})

t.test('scripted people play the equilibrium of every tax, and the planner sets the best rate', async (t) => {
  for (const riskAversion of [0.23, 0.29]) {
    const systems = [
      ...RATES.map((taxRate) => ({ options: { taxRate }, tax: flatTax(taxRate) })),
      { options: { tax: 'federal' }, tax: federalTax },
    ]
    for (const { options, tax } of systems) {
      const exact = economy(tax, riskAversion, LABOUR_LEVELS)
      const world = open({ ...options, riskAversion })
      const { welfare } = follow(world)
      t.same([...world.bound.state['hours']!], equilibrium(exact), JSON.stringify(options))
      t.ok(near([welfare!], [welfareOf(exact, equilibrium(exact))]))
    }
  }
  const trained = follow(open())
  t.ok(near([trained['taxRate']!, trained['welfare']!], [0.25, 135.8], 0.05))
  t.equal(follow(open({ riskAversion: 0.33 }))['taxRate'], 0)
})

t.test('a rate that planners do not have, or two taxes at once, are refused', async (t) => {
  t.throws(() => open({ taxRate: 0.12 }), /expected one of 0, 0.05/)
  for (const tax of ['federal', 'none']) {
    t.throws(() => open({ tax, taxRate: 0.2 }), {
      code: 'ERR_CONFIG_INVALID',
      message: `--tax-rate: expected none beside --tax ${tax}, got 0.2; leave one of them out`,
    })
  }
  t.throws(() => open({ riskAversion: 1 }), 'who has nothing would be infinitely badly off')
})
