import t from 'tap'
import { minimaxQ } from '../../learners/algorithms/minimax-q.ts'
import { nashQ } from '../../learners/algorithms/nash-q.ts'
import { phc } from '../../learners/algorithms/phc.ts'
import { tabularQ } from '../../learners/algorithms/tabular-q.ts'
import { wolfPhc } from '../../learners/algorithms/wolf-phc.ts'
import { NO_ACTION, type Segment } from '../../runtime/core/experience.ts'
import { namedGames } from '../../runtime/core/games/named-games.ts'
import type { AnyAlgorithm, LearnerSetup, LearningTask } from '../../runtime/core/learner.ts'
import { networkFor } from '../../runtime/core/learner.ts'
import { bindRecord } from '../../runtime/core/memory/arena.ts'
import { describeObservation, type ObservationParts } from '../../runtime/core/observation.ts'
import { packParameters } from '../../runtime/core/parameters.ts'
import type { NamedTensors } from '../../runtime/core/tensors.ts'
import { matrixGame } from '../../scenarios/matrix-game/index.ts'
import { openInlineHost } from '../fixtures/hosts.ts'

const ALGORITHMS = [tabularQ, minimaxQ, nashQ, phc, wolfPhc]

interface Playing {
  readonly algorithm: AnyAlgorithm
  readonly game: string
  readonly seed: number
  readonly plays: number
  readonly options?: Record<string, unknown>
}

/** Learns by itself what the runtime would have it learn: segments of 100 plays, with all updates that they pay for behind each. */
async function learn({ algorithm, game, seed, plays, options = {} }: Playing): Promise<NamedTensors> {
  const given = algorithm.options.parse(options)
  const acting = algorithm.acting(given)
  const host = openInlineHost({
    scenario: matrixGame,
    options: { game, rounds: 500 },
    policies: [{ kind: 'learned', acting, parameters: 0 }],
    segmentSteps: 100,
    sampleAgents: 16,
    seed,
  })
  const [group] = host.plan.world.spec.groups
  const { capacity: agents, actions, observation: space } = group!
  const learner = await algorithm.create({ space, actions, agents, seed }, given)
  const network = networkFor(acting, space, actions, agents)
  const { values } = bindRecord(host.arena, 'parameters', host.plan.parameters, 0) as { values: Float32Array }
  for (let played = 0; played < plays; played += 100) {
    packParameters(network, await learner.weights(), values)
    const progress = played / plays
    host.run({ recordGroup: 0, steps: 100, exploration: [algorithm.exploration(given, progress)] })
    learner.ingest(host.take())
    while (learner.due() > 0) await learner.update(progress)
  }
  return learner.weights()
}

/** What each player does most. */
function likeliest(weights: NamedTensors): number[] {
  return [0, 1].map((agent) => {
    const row = [...weights[`agent${agent}/dense0/kernel`]!.data]
    return row.indexOf(Math.max(...row))
  })
}

/** Probabilities of a player's actions in the first state. */
function mixtureOf(weights: NamedTensors, agent: number): number[] {
  const { data, shape } = weights[`agent${agent}/dense0/kernel`]!
  return Array.from({ length: shape[1]! }, (_, action) => Math.exp(data[action]!))
}

const EPSILON = { epsilonStart: 0.1, epsilonEnd: 0.01, epsilonFraction: 1 }

t.test("Q-learners come to defect in the prisoner's dilemma, and to drive on one side", async (t) => {
  let [defecting, agreed] = [0, 0]
  for (let seed = 0; seed < 20; seed++) {
    const playing = { algorithm: tabularQ, seed, plays: 5000, options: { gamma: 0, ...EPSILON } }
    const dilemma = likeliest(await learn({ ...playing, game: 'prisoners-dilemma' }))
    if (dilemma.every((action) => action === 1)) defecting++
    const sides = likeliest(await learn({ ...playing, game: 'coordination' }))
    if (sides[0] === sides[1]) agreed++
  }
  t.equal(defecting, 20)
  t.ok(agreed >= 19, `${agreed}`)
})

t.test('Minimax-Q and Nash-Q play even in matching pennies and rock, paper, scissors', async (t) => {
  for (const algorithm of [minimaxQ, nashQ]) {
    for (const game of ['matching-pennies', 'rock-paper-scissors'] as const) {
      const options = { gamma: 0, ...EPSILON }
      const weights = await learn({ algorithm, game, seed: 1, plays: 2000, options })
      const [actions] = namedGames[game].actions
      const off = [0, 1].flatMap((agent) => mixtureOf(weights, agent).map((p) => Math.abs(p - 1 / actions!)))
      t.ok(Math.max(...off) < 1e-3, `${algorithm.name}, ${game}: ${Math.max(...off)}`)
    }
  }
})

t.test('Nash-Q takes the equilibrium that pays both most', async (t) => {
  const options = { gamma: 0, epsilonEnd: 0 }
  const weights = await learn({ algorithm: nashQ, game: 'stag-hunt', seed: 1, plays: 2000, options })
  t.same(likeliest(weights), [0, 0])
  t.same(mixtureOf(weights, 1), [1, 0])
})

t.test(
  'to win or learn fast comes near an even mixture in matching pennies, one rate does not',
  async (t) => {
    const playing = { game: 'matching-pennies', plays: 200_000 }
    const far = async (algorithm: AnyAlgorithm, seed: number) => {
      const options = { gamma: 0, epsilonEnd: 0.05, initialPolicy: 'random' }
      const weights = await learn({ ...playing, algorithm, seed, options })
      return (
        [0, 1].flatMap((agent) => mixtureOf(weights, agent)).reduce((sum, p) => sum + Math.abs(p - 0.5), 0) /
        4
      )
    }
    const [wolf, plain] = [await far(wolfPhc, 1), await far(phc, 1)]
    t.ok(wolf <= 0.05, `${wolf}`)
    t.ok(plain >= 0.12, `${plain}`)
    t.comment(`WoLF-PHC ${wolf}, PHC ${plain}`)
  },
)

const SPACE = describeObservation({ hot: { inputs: 3, slots: 1 } })
const SETUP: LearnerSetup = { space: SPACE, actions: 2, agents: 2, seed: 5 }

/** Decisions of two players, and the states that they come to: those of the next one, of none at an end. */
function segmentOf(
  decisions: readonly {
    readonly states: readonly [number, number]
    readonly actions: readonly [number, number]
    readonly rewards: readonly [number, number]
  }[],
  last: readonly [number, number] | undefined,
): Segment {
  const rows = 2 * (decisions.length + (last ? 1 : 0))
  const states = [...decisions.flatMap(({ states }) => states), ...(last ?? [])]
  const observation = new Uint8Array(rows * SPACE.recordBytes)
  for (const [row, state] of states.entries()) {
    new DataView(observation.buffer).setUint16(row * SPACE.recordBytes + SPACE.hotOffset, state, true)
  }
  const actions = decisions.flatMap(({ actions }) => actions)
  return {
    version: 0,
    rows,
    transitions: 2 * decisions.length,
    decisions: decisions.length,
    observation,
    action: Uint16Array.from(states, (_, row) => actions[row] ?? NO_ACTION),
    reward: Float32Array.from(states, (_, row) => decisions[row >> 1]?.rewards[row % 2] ?? 0),
    logProbability: new Float32Array(),
    agent: Uint16Array.from(states, (_, row) => row % 2),
    next: Int32Array.from(states, (_, row) => (row + 2 < rows ? row + 2 : -1)),
    time: Uint16Array.from(states, (_, row) => row >> 1),
    shared: new Float32Array(),
  }
}

const PLAYED = segmentOf(
  [
    { states: [0, 0], actions: [1, 0], rewards: [1, -1] },
    { states: [2, 2], actions: [0, 0], rewards: [4, -4] },
    { states: [0, 0], actions: [1, 0], rewards: [1, -1] },
  ],
  [2, 2],
)

t.test('a segment is learned from decision by decision, up to the state behind the last one', async (t) => {
  const given = tabularQ.options.parse({ gamma: 0.5, learningRate: 0.5 })
  const learner = await tabularQ.create(SETUP, given)
  learner.ingest(PLAYED)
  t.equal(learner.due(), 1)
  t.equal(learner.stored, 6)
  const { loss } = await learner.update(0.5)
  t.equal(learner.updates, 1)
  t.equal(learner.due(), 0)
  const weights = await learner.weights()
  // Q(0, 1) is .5, then Q(2, 0) .5 (4 + .5 · .5), then Q(0, 1) .5 + .5 (1 + .5 · 2.125 − .5).
  t.same([...weights['agent0/dense0/kernel']!.data], [0, 1.28125, 0, 0, 2.125, 0])
  // −.5; −2; behind lies 0, the better action: −.5 + .5 (−1 + .5).
  t.same([...weights['agent1/dense0/kernel']!.data], [-0.75, 0, 0, 0, -2, 0])
  t.same([...weights['agent1/dense0/bias']!.data], [0, 0])
  t.equal(loss, (1 + 1 + 4.25 ** 2 + 16 + 1.5625 ** 2 + 0.5 ** 2) / 6)

  const ended = await tabularQ.create(SETUP, given)
  ended.ingest(segmentOf([{ states: [1, 1], actions: [1, 1], rewards: [3, 5] }], undefined))
  await ended.update(0)
  t.equal((await ended.weights())['agent1/dense0/kernel']!.data[3], 2.5)
})

t.test('what is saved goes on as if it had not been interrupted', async (t) => {
  for (const algorithm of ALGORITHMS) {
    const given = algorithm.options.parse({})
    const learner = await algorithm.create(SETUP, given)
    learner.ingest(PLAYED)
    await learner.update(0.3)
    learner.ingest(PLAYED)
    const saved = await learner.save(true)
    const other = await algorithm.create(SETUP, given)
    other.load(structuredClone(saved))
    t.equal(other.due(), 1, algorithm.name)
    t.same(await other.weights(), await learner.weights())
    for (const each of [learner, other]) await each.update(0.6)
    t.same(await other.save(true), await learner.save(true))
    t.notOk(Object.keys(await learner.save(false)).some((name) => name.startsWith('waiting/')))
    const three = await algorithm.create({ ...SETUP, actions: 3 }, given)
    t.throws(() => three.load(saved), {
      code: 'ERR_CHECKPOINT_MISMATCH',
      message: /^tables \w+: expected f64 \[/,
    })
  }
})

t.test('a mixture is played as it is, with its share of exploration', async (t) => {
  const given = wolfPhc.options.parse({ initialPolicy: 'random', epsilonStart: 0.2, epsilonEnd: 0 })
  const learner = await wolfPhc.create(SETUP, given)
  const mixture = mixtureOf(await learner.weights(), 0)
  t.ok(Math.abs(mixture[0]! + mixture[1]! - 1) < 1e-6)
  t.ok(Math.min(...mixture) >= 0.1 - 1e-6, 'half of the exploration')
  t.strictNotSame(mixtureOf(await learner.weights(), 1), mixture, 'each has its own')
  t.equal(wolfPhc.acting(given).isMixed, true)
})

t.test('decisions without all players, or of different states, are no joint ones', async (t) => {
  const played = { states: [0, 0], actions: [1, 0], rewards: [1, -1] } as const
  for (const segment of [
    segmentOf([{ ...played, states: [0, 1] }], [2, 2]),
    segmentOf([played], [2, 1]),
    { ...segmentOf([played], [2, 2]), agent: Uint16Array.of(0, 0, 0, 0) },
  ]) {
    const learner = await nashQ.create(SETUP, nashQ.options.parse({}))
    learner.ingest(segment)
    await t.rejects(learner.update(0), {
      code: 'ERR_SCENARIO_INVALID',
      message: /^nash-q: expected all 2 players/,
    })
  }
  const blind = await tabularQ.create(SETUP, tabularQ.options.parse({}))
  blind.ingest(segmentOf([{ ...played, states: [0, 0xffff] }], [2, 2]))
  await t.rejects(blind.update(0), {
    code: 'ERR_SCENARIO_INVALID',
    message: /^observation: tables are over states/,
  })
})

/** What `train` would ask an algorithm about. */
function taskOf(
  algorithm: AnyAlgorithm,
  {
    parts = { hot: { inputs: 3, slots: 1 } },
    agents = 2,
    actions = 2,
    ...rest
  }: {
    readonly parts?: ObservationParts
    readonly agents?: number
    readonly actions?: number
    readonly isZeroSum?: boolean
    readonly isSampled?: boolean
  },
): LearningTask {
  const acting = algorithm.acting(algorithm.options.parse({}))
  const network = networkFor(acting, describeObservation(parts), actions, agents)
  return { network, segmentRows: 100, isSampled: false, agents: [agents], ...rest }
}

t.test('what an algorithm can not do is refused before anything starts', async (t) => {
  for (const algorithm of ALGORITHMS) {
    const check = (task: Parameters<typeof taskOf>[1]) => () =>
      algorithm.check!(algorithm.options.parse({}), taskOf(algorithm, { isZeroSum: true, ...task }))
    t.doesNotThrow(check({}))
    for (const parts of [
      { scalars: ['x'] },
      { hot: { inputs: 9, slots: 2 } },
      { hot: { inputs: 9, slots: 1 }, shared: 3 },
      { hot: { inputs: 9, slots: 1 }, cells: { count: 4, channels: 1, codes: [] } },
    ]) {
      t.throws(check({ parts }), {
        code: 'ERR_CONFIG_INVALID',
        message: new RegExp(
          `^--algorithm: ${algorithm.name} has a table over states, and expected .*; take a scenario`,
        ),
      })
    }
    t.throws(check({ isSampled: true }), { code: 'ERR_CONFIG_INVALID', message: /^--sample-agents: / })
  }
  const refused: readonly (readonly [AnyAlgorithm, Parameters<typeof taskOf>[1], RegExp])[] = [
    [minimaxQ, { isZeroSum: false }, /minimax-q is for zero-sum games, .*; take --algorithm nash-q/],
    [minimaxQ, { isZeroSum: true, agents: 3 }, /minimax-q is for games of two players, got one of 3/],
    [nashQ, { agents: 1 }, /nash-q expected two or more players in a group, got 1/],
    [
      nashQ,
      { agents: 9, actions: 9 },
      /nash-q has tables over joint actions, .* 9 players × 3 states × 9\^9/,
    ],
  ]
  for (const [algorithm, task, message] of refused) {
    t.throws(() => algorithm.check!(algorithm.options.parse({}), taskOf(algorithm, task)), {
      code: 'ERR_CONFIG_INVALID',
      message,
    })
  }
})
