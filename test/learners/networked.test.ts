import t from 'tap'
import { splitOutputs } from '../../learners/algorithms/actor-critic-update.ts'
import { netac } from '../../learners/algorithms/netac.ts'
import { netpg } from '../../learners/algorithms/netpg.ts'
import { netq } from '../../learners/algorithms/netq.ts'
import { openBackend } from '../../learners/backend.ts'
import { ValueNetwork } from '../../learners/networks/value-network.ts'
import { tf } from '../../learners/tf.ts'
import type { Segment } from '../../runtime/core/experience.ts'
import { type AnyAlgorithm, type Learner, networkFor } from '../../runtime/core/learner.ts'
import { agentPrefix } from '../../runtime/core/parameters.ts'
import { Random, seedKey } from '../../runtime/core/rng.ts'
import { withoutPrefix } from '../../runtime/core/tensors.ts'
import { createSegment, type Row, stateSpace } from '../fixtures/segments.ts'

const [AGENTS, STATES, ACTIONS] = [3, 3, 3]
const SPACE = stateSpace(STATES)
const SETUP = { space: SPACE, actions: ACTIONS, agents: AGENTS, seed: 5 }
const QUICK = { hidden: [16], batchSize: 90, learningRate: 0.02, gamma: 0, degree: 2 }
const ACTOR_CRITIC = { entropyCoefficient: 0.01 }
const Q_LEARNING = { samplesPerInsert: 1, learningStarts: 1, replayCapacity: 5000, rounds: 2 }
const ALGORITHMS: readonly AnyAlgorithm[] = [netac, netpg, netq]

t.before(async () => {
  await openBackend('wasm')
})

const optionsOf = (algorithm: AnyAlgorithm, more: object = {}) =>
  algorithm.options.parse({ ...QUICK, ...(algorithm === netq ? Q_LEARNING : ACTOR_CRITIC), ...more })

const create = (algorithm: AnyAlgorithm, more: object = {}): Promise<Learner> =>
  algorithm.create(SETUP, optionsOf(algorithm, more))

/** What each agent makes of each state, [agent][state][action]: probabilities, or values of a Q-learner. */
async function outputsOf(algorithm: AnyAlgorithm, learner: Learner): Promise<number[][][]> {
  const acting = algorithm.acting(optionsOf(algorithm))
  const weights = await learner.weights()
  const inputs = Array.from({ length: STATES }, (_, state) =>
    Array.from({ length: SPACE.inputs }, (_, i) => Number(i === SPACE.hotAt + state)),
  )
  return Array.from({ length: AGENTS }, (_, agent) => {
    const network = new ValueNetwork(
      networkFor(acting, SPACE, ACTIONS),
      withoutPrefix(agentPrefix(agent), weights),
    )
    const read = tf.tidy(() => {
      const outputs = network.forward(tf.tensor2d(inputs))
      if (!acting.critic) return outputs.arraySync()
      return tf
        .softmax(acting.critic === 'head' ? splitOutputs(outputs).logits : outputs)
        .arraySync() as number[][]
    })
    network.dispose()
    return read
  })
}

/** Thirty rows of each agent named, ten in each state, by its own policy; the action of the state's number pays 1. */
function bandit(
  outputs: number[][][],
  isPolicy: boolean,
  random: Random,
  round: number,
  agents: number[],
): Segment {
  const rows = agents.flatMap((agent) =>
    Array.from({ length: 30 }, (_, i): Row => {
      const state = i % STATES
      const policy = isPolicy ? outputs[agent]![state]! : Array(ACTIONS).fill(1 / ACTIONS)
      let left = random.uniform(1_000, round, agent * 30 + i)
      let action = 0
      while (action < ACTIONS - 1 && left > policy[action]!) left -= policy[action++]!
      const reward = Number(action === state)
      return { time: 0, state, agent, action, reward, ...(isPolicy && { log: Math.log(policy[action]!) }) }
    }),
  )
  return createSegment(SPACE, rows, 1)
}

async function learn(algorithm: AnyAlgorithm, learner: Learner, from: number, to: number, agents: number[]) {
  for (let round = from; round < to; round++) {
    const outputs = await outputsOf(algorithm, learner)
    const random = new Random(seedKey(1))
    learner.ingest(bandit(outputs, algorithm !== netq, random, round, agents))
    while (learner.due() > 0) await learner.update(0)
  }
}

/** Whether an agent likes the action best that pays in each state, by far. */
const knows = (outputs: number[][]) =>
  outputs.every((row, state) => row.every((value, action) => action === state || row[state]! > value + 0.4))

for (const algorithm of ALGORITHMS) {
  t.test(`${algorithm.name}: agents that all act come to know what pays`, async (t) => {
    for (const degree of [2, 0]) {
      const learner = await create(algorithm, { degree })
      await learn(algorithm, learner, 0, 80, [0, 1, 2])
      t.same((await outputsOf(algorithm, learner)).map(knows), [true, true, true], `${degree} neighbours`)
      learner.dispose()
    }
  })

  t.test(
    `${algorithm.name}: what one agent alone has seen ${algorithm === netac ? 'stays its' : 'spreads to neighbours'}`,
    async (t) => {
      for (const degree of [2, 0]) {
        const learner = await create(algorithm, { degree, batchSize: 30 })
        await learn(algorithm, learner, 0, 120, [1])
        const spreads = algorithm !== netac && degree > 0
        t.same(
          (await outputsOf(algorithm, learner)).map(knows),
          [spreads, true, spreads],
          `${degree} neighbours`,
        )
        learner.dispose()
      }
    },
  )

  t.test(`${algorithm.name}: saved and loaded in the middle, it goes on byte for byte`, async (t) => {
    const whole = await create(algorithm)
    await learn(algorithm, whole, 0, 5, [0, 2])
    const resumed = await create(algorithm)
    resumed.load(structuredClone(await whole.save(true)))
    t.equal(resumed.updates, whole.updates)
    for (const learner of [whole, resumed]) await learn(algorithm, learner, 5, 9, [0, 1, 2])
    t.strictSame(await resumed.save(true), await whole.save(true))
    t.throws(() => resumed.load({}), { code: 'ERR_CHECKPOINT_MISMATCH' })
    for (const learner of [whole, resumed]) learner.dispose()
  })

  t.test(`${algorithm.name} leaves no tensor behind`, async (t) => {
    const before = tf.memory().numTensors
    const learner = await create(algorithm)
    await learn(algorithm, learner, 0, 3, [0, 1])
    learner.dispose()
    t.equal(tf.memory().numTensors, before)
  })

  t.test(`${algorithm.name} refuses sides of unlike size, samples, and more networks than fit`, async (t) => {
    const options = optionsOf(algorithm)
    const network = networkFor(algorithm.acting(options), SPACE, ACTIONS, AGENTS)
    const task = { network, segmentRows: 100, isSampled: false, agents: [3, 3] }
    t.doesNotThrow(() => algorithm.check!(options, task))
    for (const [change, message] of [
      [{ agents: [3, 4] }, /^--algorithm: .* got 3 and 4;/],
      [{ isSampled: true }, /^--sample-agents: /],
      [{ network: { ...network, agents: 1e6 } }, /^--algorithm: .* at most/],
    ] as const) {
      t.throws(() => algorithm.check!(options, { ...task, ...change }), {
        code: 'ERR_CONFIG_INVALID',
        message,
      })
    }
  })
}
