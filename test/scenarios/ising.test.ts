import t from 'tap'
import { ising } from '../../scenarios/ising/index.ts'
import { SoloWorld } from '../fixtures/solo-world.ts'

const SIZE = 6

function open(options: Record<string, unknown> = {}): SoloWorld {
  const world = new SoloWorld(ising, { size: SIZE, start: 'random', ...options })
  world.start(3)
  return world
}

/** Σ_j s_j over a spin's four neighbours, from its place on the torus. */
function fieldAt(spin: ArrayLike<number>, i: number): number {
  const [x, y] = [i % SIZE, Math.floor(i / SIZE)]
  const at = (dx: number, dy: number) => spin[((y + dy + SIZE) % SIZE) * SIZE + ((x + dx + SIZE) % SIZE)]!
  return at(1, 0) + at(-1, 0) + at(0, 1) + at(0, -1)
}

t.test(
  'a spin sees how many of its neighbours on the torus are up, and earns half the product',
  async (t) => {
    const world = open()
    const { state, agents } = world.bound
    const before = [...state['spin']!]
    const seen = new Uint16Array(world.observe(0).records.buffer)
    const stride = world.plan.spec.groups[0]!.observation.recordBytes / 2
    world.actRandomly(0)
    const chosen = [...agents.action].map((action) => 2 * action - 1)
    world.step()
    for (let i = 0; i < SIZE * SIZE; i++) {
      const field = fieldAt(before, i)
      if (seen[i * stride] !== (field + 4) / 2) t.fail(`spin ${i} sees ${seen[i * stride]}`)
      if (agents.reward[i] !== 0.5 * chosen[i]! * field) t.fail(`spin ${i} earns ${agents.reward[i]}`)
    }
    t.ok(new Set(before).size === 2)
  },
)

for (const order of ['checkerboard', 'synchronous'] as const) {
  t.test(`who may turn, ${order}`, async (t) => {
    const world = open({ order })
    const spin = world.bound.state['spin']!
    for (let step = 0; step < 4; step++) {
      const before = [...spin]
      // Everybody wants to turn.
      for (let i = 0; i < spin.length; i++) world.bound.agents.action[i] = before[i] === 1 ? 0 : 1
      world.step()
      const turned = before.map((s, i) => s !== spin[i])
      const expected = before.map(
        (_, i) => order === 'synchronous' || (Math.floor(i / SIZE) + (i % SIZE) + step) % 2 === 0,
      )
      t.same(turned, expected, `step ${step}`)
    }
  })
}

t.test('an episode that ends within its burn-in is refused, with both flags', async (t) => {
  const describe = (maxSteps: number) => () =>
    ising.describe(ising.options.parse({ size: SIZE, maxSteps, burnIn: 20 }))
  const refusal = { code: 'ERR_CONFIG_INVALID', message: /^--max-steps: expected more than --burn-in 20, / }
  for (const maxSteps of [1, 19, 20]) t.throws(describe(maxSteps), refusal)
  t.doesNotThrow(describe(21))
})

/** Of 20 × 20 spins, measured elsewhere with J = 1. */
const GIBBS: readonly (readonly [temperature: number, order: number])[] = [
  [1.6, 0.979],
  [2, 0.91],
  [4, 0.083],
  [6, 0.058],
]

t.test('Gibbs sampling comes to the order that it has at its temperature', async (t) => {
  for (const [temperature, order] of GIBBS) {
    const world = new SoloWorld(ising, { temperature, maxSteps: 4000, burnIn: 1000 })
    world.start(1)
    while (!world.over) {
      world.follow('gibbs', 0)
      world.step()
    }
    const { meanOrderParameter } = world.bound.world.metrics()
    t.ok(Math.abs(meanOrderParameter! - order) < 0.03, `T = ${temperature}: ${meanOrderParameter}`)
  }
})

t.test('spins that turn all at once come apart where those of a chessboard keep together', async (t) => {
  const orderOf = (order: string) => {
    const world = new SoloWorld(ising, {
      order,
      start: 'random',
      temperature: 1.6,
      maxSteps: 1500,
      burnIn: 1499,
    })
    const ends = [1, 2, 3, 4, 5, 6].map((seed) => {
      world.start(seed)
      while (!world.over) {
        world.follow('gibbs', 0)
        world.step()
      }
      return world.bound.world.metrics()['meanOrderParameter']!
    })
    return Math.min(...ends)
  }
  t.ok(orderOf('synchronous') < 0.5)
})
