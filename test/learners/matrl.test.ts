import t from 'tap'
import { matrl } from '../../learners/algorithms/matrl.ts'
import { openBackend } from '../../learners/backend.ts'
import { keepInEquilibrium, metaGame } from '../../learners/games/meta-game.ts'
import { ValueNetwork } from '../../learners/networks/value-network.ts'
import { tf } from '../../learners/tf.ts'
import { epsilonOf } from '../../runtime/core/games/normal-form.ts'
import { type Learner, networkFor } from '../../runtime/core/learner.ts'
import { agentPrefix } from '../../runtime/core/parameters.ts'
import { Random, seedKey } from '../../runtime/core/rng.ts'
import { withoutPrefix } from '../../runtime/core/tensors.ts'
import { createSegment, type Row, stateSpace } from '../fixtures/segments.ts'

const ACTIONS = 2
const SPACE = stateSpace(1)
const QUICK = { hidden: [16], batchSize: 400, gamma: 0, entropyCoefficient: 0.01, learningRate: 0.01 }
const PARTS = ['all', 'no-response', 'no-stable-point', 'independent'] as const
/** Payoffs to both, by their actions: stag or hare. */
const STAG = [
  [4, 1],
  [3, 2],
] as const

t.before(async () => {
  await openBackend('wasm')
})

const create = (more: object = {}, agents = 2): Promise<Learner> =>
  matrl.create(
    { space: SPACE, actions: ACTIONS, agents, seed: 5 },
    matrl.options.parse({ ...QUICK, ...more }),
  )

/** Of each agent, the probabilities of its actions. */
async function policiesOf(learner: Learner, agents = 2): Promise<number[][]> {
  const weights = await learner.weights()
  const spec = networkFor(matrl.acting(matrl.options.parse(QUICK)), SPACE, ACTIONS)
  return Array.from({ length: agents }, (_, agent) => {
    const network = new ValueNetwork(spec, withoutPrefix(agentPrefix(agent), weights))
    const inputs = Float32Array.from({ length: SPACE.inputs }, (_, i) => Number(i === SPACE.hotAt))
    const policy = tf.tidy(() => [
      ...tf.softmax(network.forward(tf.tensor2d(inputs, [1, SPACE.inputs]))).dataSync(),
    ])
    network.dispose()
    return policy
  })
}

/** Two agents play a matrix game `plays` times, by their policies. */
function play(policies: number[][], payoffs: readonly (readonly number[])[], plays: number, round: number) {
  const random = new Random(seedKey(1))
  const rows: Row[] = []
  for (let time = 0; time < plays; time++) {
    const taken = policies.map((policy, agent) =>
      Number(random.uniform(1_000, round, 2 * time + agent) >= policy[0]!),
    )
    const [a, b] = taken as [number, number]
    for (const [agent, action] of taken.entries()) {
      const reward = agent === 0 ? payoffs[a]![b]! : payoffs[b]![a]!
      rows.push({ time, state: 0, agent, action, reward, log: Math.log(policies[agent]![action]!) })
    }
  }
  return createSegment(SPACE, rows, plays)
}

async function learn(learner: Learner, from: number, to: number) {
  const figures: Record<string, number>[] = []
  for (let round = from; round < to; round++) {
    learner.ingest(play(await policiesOf(learner), STAG, 200, round))
    figures.push(await learner.update(0))
  }
  return figures
}

for (const parts of PARTS) {
  t.test(`${parts}: two agents come to an equilibrium of a game`, async (t) => {
    const learner = await create({ parts })
    await learn(learner, 0, 30)
    const [[x], [y]] = (await policiesOf(learner)) as [[number], [number]]
    t.ok((x > 0.9 && y > 0.9) || (x < 0.1 && y < 0.1), `${x}, ${y}`)
    learner.dispose()
  })
}

t.test('where all keep their policies it learns independently, byte for byte', async (t) => {
  // Ratios may not leave 1: nobody gains by what is predicted, and every profile is an equilibrium.
  const [whole, alone] = [
    await create({ ratioClip: Number.MIN_VALUE }),
    await create({ parts: 'independent' }),
  ]
  const segment = play(await policiesOf(whole), STAG, 200, 0)
  for (const learner of [whole, alone]) {
    learner.ingest(segment)
    await learner.update(0)
  }
  t.strictSame(await whole.weights(), await alone.weights())
  for (const learner of [whole, alone]) learner.dispose()
})

t.test(
  'its parts differ in what they make of the same decisions, unless all adopt what they predict',
  async (t) => {
    const weights = new Map<string, string>()
    for (const parts of PARTS) {
      const learner = await create({ parts })
      learner.ingest(play(await policiesOf(learner), STAG, 200, 0))
      const { keep } = await learner.update(0)
      if (parts === 'no-stable-point' || parts === 'all') t.equal(keep, 0)
      if (parts === 'independent') t.equal(keep, undefined)
      weights.set(parts, JSON.stringify(Object.values(await learner.weights()).map(({ data }) => [...data])))
      learner.dispose()
    }
    t.equal(weights.get('all'), weights.get('no-stable-point'), 'it looks ahead')
    t.equal(new Set(weights.values()).size, PARTS.length - 1)
  },
)

t.test('saved and loaded in the middle, it goes on byte for byte; no tensor is left behind', async (t) => {
  const before = tf.memory().numTensors
  for (const parts of PARTS) {
    const whole = await create({ parts })
    await learn(whole, 0, 2)
    const resumed = await create({ parts })
    resumed.load(structuredClone(await whole.save(true)))
    for (const learner of [whole, resumed]) await learn(learner, 2, 4)
    t.strictSame(await resumed.save(true), await whole.save(true))
    for (const learner of [whole, resumed]) learner.dispose()
  }
  t.equal(tf.memory().numTensors, before)
})

t.test('what it predicts is what the policies become by as many steps of their own', async (t) => {
  const steps = { improvementSteps: 4, gradientClip: 1e9 }
  const foreseeing = await create({ ...steps, parts: 'no-stable-point' })
  await learn(foreseeing, 0, 3)
  const going = await create({ ...steps, parts: 'no-response' })
  going.load(await foreseeing.save(true))
  const segment = play(await policiesOf(going), STAG, 200, 3)
  const gains: number[] = []
  for (const learner of [foreseeing, going]) {
    learner.ingest(segment)
    gains.push((await learner.update(0))['foreseenGain']!)
    learner.dispose()
  }
  t.ok(gains[0]! > 0)
  t.ok(Math.abs(gains[1]! / gains[0]! - 1) < 1e-4, gains.join(' '))
})

t.test('without its response it is independent PPO of as many steps, where all adopt them', async (t) => {
  const [adopting, alone] = [
    await create({ parts: 'no-response', improvementSteps: 6 }),
    await create({ parts: 'independent', responseSteps: 6 }),
  ]
  const keeps = (await learn(adopting, 0, 3)).map(({ keep }) => keep)
  await learn(alone, 0, 3)
  t.same(keeps, [0, 0, 0])
  t.strictSame(await adopting.weights(), await alone.weights())
  for (const learner of [adopting, alone]) learner.dispose()
})

t.test(
  'without its response, who keeps its policy has it and its moments afterwards to the bit',
  async (t) => {
    // Ratios that may not leave 1 make every profile an equilibrium: keeping is drawn.
    const learner = await create({ parts: 'no-response', ratioClip: Number.MIN_VALUE })
    const states = [await learner.save(false)]
    learner.ingest(play(await policiesOf(learner), STAG, 200, 0))
    const { keep } = await learner.update(0)
    states.push(await learner.save(false))
    const [before, after] = states.map((state) =>
      [0, 1].map((agent) => {
        const actor = Object.entries(state).filter(([name]) => name.startsWith(`online/agent${agent}/actor/`))
        const size = actor.reduce((sum, [, { data }]) => sum + data.length, 0)
        const moments = ['first', 'second'].map((name) => {
          const { data, shape } = state[`optimizer/${name}`]!
          return [...data.subarray(agent * shape[1]!, agent * shape[1]! + size)]
        })
        return JSON.stringify([actor.map(([, { data }]) => [...data]), moments])
      }),
    ) as [string[], string[]]
    t.ok(keep! > 0)
    t.equal(before.filter((own, agent) => own === after[agent]).length, 2 * keep!)
    learner.dispose()
  },
)

t.test('who is missing in a decision counts as one who changes nothing', async (t) => {
  const log = Math.log(0.5)
  const rows: Row[] = [
    { time: 0, state: 0, agent: 0, action: 0, reward: 1, log },
    { time: 0, state: 0, agent: 1, action: 1, reward: 1, log },
    { time: 1, state: 0, agent: 1, action: 0, reward: 0, log },
    { time: 2, state: 0, agent: 1, action: 1, reward: 1, log },
  ]
  for (const parts of PARTS) {
    const learner = await create({ batchSize: 4, parts })
    learner.ingest(createSegment(SPACE, rows, 3))
    t.ok(Object.values(await learner.update(0)).every(Number.isFinite), parts)
    // One agent alone.
    const own = rows.map((row) => ({ ...row, agent: 0, time: row.time + Number(row.agent === 1) }))
    learner.ingest(createSegment(SPACE, own, 4))
    t.ok(Object.values(await learner.update(0)).every(Number.isFinite), parts)
    learner.dispose()
  }
})

t.test('the meta-game is of advantages as they are, in units of reward', async (t) => {
  const gains: number[] = []
  for (const scale of [100, 1000]) {
    const learner = await create()
    const payoffs = STAG.map((row) => row.map((payoff) => scale * payoff))
    learner.ingest(play(await policiesOf(learner), payoffs, 200, 0))
    gains.push((await learner.update(0))['foreseenGain']!)
    learner.dispose()
  }
  t.ok(gains[0]! > 0)
  t.ok(Math.abs(gains[1]! / gains[0]! - 10) < 0.5, gains.join(' '))
})

t.test(
  'what six agents answer is next to an equilibrium of the game written out, where choices hang together',
  (t) => {
    const random = new Random(seedKey(4))
    for (let game = 0; game < 5; game++) {
      const draw = (stream: number) =>
        Array.from({ length: 6 }, (_, i) =>
          Float64Array.from({ length: 60 }, (_, t) => random.uniform(stream, game, 100 * i + t)),
        )
      const advantages = draw(200).map((own) => own.map((u) => u - 0.5))
      const ratios = draw(201).map((own) => own.map((u) => 0.9 + 0.2 * u))
      const keep = keepInEquilibrium({ advantages, ratios }, random, game)
      const written = metaGame({ advantages, ratios })
      const profile = Array.from(keep, (rho) => Float64Array.of(rho, 1 - rho))
      const spread = Math.max(...written.payoffs.map((own) => Math.max(...own) - Math.min(...own)))
      t.ok(epsilonOf(written, profile) < 0.02 * spread, `${epsilonOf(written, profile) / spread}`)
    }
    t.end()
  },
)

t.test(
  'of more than five agents the meta-game is answered in the mean, as it would be written out',
  async (t) => {
    const random = new Random(seedKey(2))
    const draw = (stream: number, i: number) => random.uniform(stream, 0, i)
    const decisions = 400
    // Each agent's prediction is better or worse whatever the others do: then the equilibrium is plain.
    const isBetter = [true, false, true, true, false, false, true]
    const advantages = isBetter.map((_, i) =>
      Float64Array.from({ length: decisions }, (_, t) => draw(90 + i, t) - 0.5),
    )
    const ratios = isBetter.map((better, i) =>
      Float64Array.from(advantages[i]!, (advantage) => 1 + (better ? 0.1 : -0.1) * Math.sign(advantage)),
    )
    for (const agents of [5, 6, 7]) {
      const part = { advantages: advantages.slice(0, agents), ratios: ratios.slice(0, agents) }
      const keep = keepInEquilibrium(part, random, 0)
      t.same(
        [...keep].map((rho) => rho < 0.01),
        isBetter.slice(0, agents),
        `${agents} agents`,
      )
      t.same(
        [...keep].map((rho) => rho > 0.99),
        isBetter.slice(0, agents).map((better) => !better),
      )
    }
    t.equal(
      metaGame({ advantages: advantages.slice(0, 5), ratios: ratios.slice(0, 5) }).payoffs[0]!.length,
      32,
    )
  },
)
