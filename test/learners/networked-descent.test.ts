import t from 'tap'
import { openBackend } from '../../learners/backend.ts'
import { ClippedDescent } from '../../learners/descent.ts'
import { type Communication, NetworkedDescent } from '../../learners/networked-descent.ts'
import { ActorAndCritic } from '../../learners/networks/actor-and-critic.ts'
import { NetworkSet } from '../../learners/networks/network-set.ts'
import { ValueNetwork } from '../../learners/networks/value-network.ts'
import { tf } from '../../learners/tf.ts'
import { agentPrefix } from '../../runtime/core/parameters.ts'
import { Random, seedKey } from '../../runtime/core/rng.ts'
import { type NamedTensors, withoutPrefix } from '../../runtime/core/tensors.ts'
import { perceptron } from '../fixtures/networks.ts'

const AGENTS = 4
const SPEC = perceptron(3, [16], 2)
const OPTIONS = { learningRate: 0.01, gradientClip: 0.5 }
const TRACKING: Communication = { degree: 2, agreement: 'tracking', iterations: 1 }
const CRITIC: Communication = { degree: 2, agreement: 'critic', iterations: 1 }

t.before(async () => {
  await openBackend('wasm')
})

const networks = () => new NetworkSet(AGENTS, () => ValueNetwork.initial(SPEC, new Random(seedKey(1))))
const pairs = () => new NetworkSet(AGENTS, () => new ActorAndCritic(SPEC, new Random(seedKey(1))))
type Set = ReturnType<typeof networks> | ReturnType<typeof pairs>

const descentOf = (set: Set, communication: Communication) =>
  new NetworkedDescent(set.networks, OPTIONS, communication, new Random(seedKey(2)))

/** A gradient for every parameter, other ones in each round. @param only the agent that has one; left out, all do */
function gradientsOf(set: Set, round: number, only?: number): Record<string, tf.Tensor> {
  const random = new Random(seedKey(3))
  return Object.fromEntries(
    Object.entries(set.parameters).map(([name, { shape, size }], p) => {
      const isSilent = only !== undefined && !name.startsWith(agentPrefix(only))
      const values = Float32Array.from({ length: size }, (_, i) =>
        isSilent ? 0 : random.normal(80 + p, round, i),
      )
      return [name, tf.tensor(values, shape)]
    }),
  )
}

async function walk(set: Set, descent: NetworkedDescent, from: number, to: number, only?: number) {
  for (let round = from; round < to; round++) {
    const gradients = gradientsOf(set, round, only)
    descent.begin()
    for (let i = 0; i < descent.iterations; i++) tf.dispose(await descent.step(gradients))
    tf.dispose(gradients)
  }
}

/** How far two agents' tensors are apart at the most. */
function distance(a: NamedTensors, b: NamedTensors): number {
  return Math.max(
    ...Object.entries(a).flatMap(([name, { data }]) =>
      [...data].map((x, i) => Math.abs(x - b[name]!.data[i]!)),
    ),
  )
}

const ofAgent = async (set: Set, agent: number) => withoutPrefix(agentPrefix(agent), await set.weights())

t.test(
  'without neighbours every agent steps as if it were alone, its gradients bounded by themselves',
  async (t) => {
    for (const agreement of ['critic', 'tracking'] as const) {
      const set = pairs()
      const descent = descentOf(set, { degree: 0, agreement, iterations: 1 })
      const alone = Array.from({ length: AGENTS }, () => new ActorAndCritic(SPEC, new Random(seedKey(1))))
      const own = alone.map(({ parameters }) => new ClippedDescent(parameters, OPTIONS))
      for (let round = 0; round < 5; round++) {
        const gradients = gradientsOf(set, round)
        const norms: number[] = []
        for (const [agent, each] of own.entries()) {
          const prefix = agentPrefix(agent)
          const part = Object.entries(gradients).filter(([name]) => name.startsWith(prefix))
          const norm = await each.step(
            Object.fromEntries(part.map(([name, g]) => [name.slice(prefix.length), g])),
          )
          norms.push(norm.dataSync()[0]!)
          norm.dispose()
        }
        const norm = await descent.step(gradients)
        t.ok(Math.abs(norm.dataSync()[0]! - Math.max(...norms)) < 1e-4)
        tf.dispose([norm, gradients])
      }
      for (const [agent, network] of alone.entries()) {
        const far = distance(await ofAgent(set, agent), await network.weights())
        t.ok(far < 1e-6, `${agreement}, agent ${agent}: ${far}`)
        network.dispose()
      }
      set.dispose()
      for (const each of own) each.dispose()
    }
  },
)

t.test('with all for neighbours they follow the mean gradient in step, as one network would', async (t) => {
  const set = networks()
  const descent = descentOf(set, { ...TRACKING, degree: AGENTS - 1 })
  const one = ValueNetwork.initial(SPEC, new Random(seedKey(1)))
  const shared = new ClippedDescent(one.parameters, { ...OPTIONS, gradientClip: 1e9 })
  for (let round = 0; round < 8; round++) {
    const gradients = gradientsOf(set, round)
    for (const name of Object.keys(gradients)) {
      gradients[name] = tf.tidy(() => tf.mul(gradients[name]!, 1e-3))
    }
    const mean = Object.fromEntries(
      Object.keys(one.parameters).map((name) => [
        name,
        tf.tidy(() => {
          const own = Array.from({ length: AGENTS }, (_, agent) => gradients[agentPrefix(agent) + name]!)
          return tf.div(tf.addN(own), AGENTS)
        }),
      ]),
    )
    tf.dispose([await descent.step(gradients), await shared.step(mean), gradients, mean])
  }
  for (let agent = 0; agent < AGENTS; agent++) {
    const far = distance(await ofAgent(set, agent), await one.weights())
    t.ok(far < 1e-4, `agent ${agent}: ${far}`)
  }
  for (const part of [set, one, shared]) part.dispose()
})

t.test(
  "an agent's gradient moves the critics of all, and its own policy alone, where critics agree",
  async (t) => {
    const set = pairs()
    const before = await ofAgent(set, 0)
    await walk(set, descentOf(set, CRITIC), 0, 12, 2)
    for (let agent = 0; agent < AGENTS; agent++) {
      const after = await ofAgent(set, agent)
      const moved = (part: string) => distance(withoutPrefix(part, before), withoutPrefix(part, after)) > 1e-4
      t.same([agent, moved('actor/'), moved('critic/')], [agent, agent === 2, true])
    }
    set.dispose()
  },
)

t.test('trackers begin anew with new targets, and go on where every step has its own', async (t) => {
  const [once, often] = [networks(), networks()]
  const single = descentOf(once, { ...TRACKING, degree: AGENTS - 1 })
  const several = descentOf(often, { ...TRACKING, degree: AGENTS - 1, iterations: 2 })
  for (const [set, descent, kept] of [
    [once, single, true],
    [often, several, false],
  ] as const) {
    // A gradient of the past, of one agent, then none any more.
    await walk(set, descent, 0, 1, 0)
    const { before } = await descent.save()
    descent.begin()
    const { steps } = await descent.save()
    t.ok(before!.data.some((x) => x !== 0))
    t.equal(steps!.data[1], Number(kept))
    set.dispose()
  }
})

t.test('saved and loaded they go on byte for byte; what was saved of others is refused', async (t) => {
  for (const communication of [TRACKING, CRITIC, { ...TRACKING, iterations: 3 }]) {
    const [whole, parts] = [pairs(), pairs()]
    const descent = descentOf(whole, communication)
    await walk(whole, descent, 0, 3)
    const resumed = descentOf(parts, communication)
    parts.assign(await whole.weights())
    resumed.load(structuredClone(await descent.save()))
    await walk(whole, descent, 3, 6)
    await walk(parts, resumed, 3, 6)
    t.same(await parts.weights(), await whole.weights())
    t.same(await resumed.save(), await descent.save())
    for (const set of [whole, parts]) set.dispose()
  }
  const [set, other] = [networks(), pairs()]
  const saved = await descentOf(other, TRACKING).save()
  t.throws(() => descentOf(set, TRACKING).load(saved), { code: 'ERR_CHECKPOINT_MISMATCH' })
  t.throws(() => descentOf(other, CRITIC).load(saved), { code: 'ERR_CHECKPOINT_MISMATCH' })
  t.throws(() => descentOf(other, CRITIC).load({}), { code: 'ERR_CHECKPOINT_MISMATCH' })
  for (const each of [set, other]) each.dispose()
})

t.test('they leave no tensor behind', async (t) => {
  const before = tf.memory().numTensors
  for (const communication of [TRACKING, CRITIC]) {
    const set = pairs()
    const descent = descentOf(set, communication)
    await walk(set, descent, 0, 3)
    descent.dispose()
    set.dispose()
  }
  t.equal(tf.memory().numTensors, before)
})
