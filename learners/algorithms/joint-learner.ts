/** Q-learning over joint actions as a learner: of Minimax-Q and Nash-Q, which differ in how they solve a state's game. */
import { RuntimeError } from '../../runtime/core/errors.ts'
import { NO_ACTION } from '../../runtime/core/experience.ts'
import { jointAction } from '../../runtime/core/games/normal-form.ts'
import type { Learner, LearnerSetup } from '../../runtime/core/learner.ts'
import { createJointQ, learnJointly, type SolveStage, solutionAt } from '../games/joint-q.ts'
import { f64Tensor, logitsOf, type TableRows, TabularLearner, u32Tensor } from '../tabular-learner.ts'

export interface JointLearnerOptions {
  readonly gamma: number
  readonly learningRate: number
  readonly rateDecay: number
}

/** @param algorithm its name, for messages */
export function createJointLearner(
  algorithm: string,
  { agents, actions, space }: LearnerSetup,
  { gamma, learningRate, rateDecay }: JointLearnerOptions,
  solve: SolveStage,
  explorationAt: (progress: number) => number,
): Learner {
  const q = createJointQ(
    space.inputs,
    Array.from({ length: agents }, () => actions),
  )
  const rates = { learning: learningRate, decay: rateDecay, discount: gamma }
  const joint = actions ** agents
  const taken = new Uint16Array(agents)
  const rewards = new Float64Array(agents)
  return new TabularLearner(
    { agents, actions, space, seed: 0 },
    {
      learn(rows, from, to) {
        refusePartial(algorithm, rows, from, to, agents)
        for (let row = from; row < to; row++) {
          taken[rows.agent[row]!] = rows.action[row]!
          rewards[rows.agent[row]!] = rows.reward[row]!
        }
        const [state, next] = [rows.state[from]!, rows.next[from]!]
        const outcome = { state, joint: jointAction(q.actions, taken), rewards, next }
        return agents * learnJointly(q, outcome, rates, solve)
      },
      outputs(agent, exploration) {
        const policy = new Float64Array(space.inputs * actions)
        for (let state = 0; state < space.inputs; state++) {
          policy.set(solutionAt(q, state, solve).profile[agent]!, state * actions)
        }
        return logitsOf(policy, actions, exploration)
      },
      save: () => ({
        ...Object.fromEntries(q.values.map((own, agent) => [`values${agent}`, f64Tensor(own, joint)])),
        visits: u32Tensor(q.visits),
      }),
      load(saved) {
        for (const [agent, own] of q.values.entries()) own.set(saved[`values${agent}`]!.data)
        q.visits.set(saved['visits']!.data)
        q.solutions.fill(undefined)
      },
    },
    explorationAt,
  )
}

/** @throws ERR_SCENARIO_INVALID unless all players take part in a decision, see the same state and come to the same one */
function refusePartial(
  algorithm: string,
  { agent, state, action, next }: TableRows,
  from: number,
  to: number,
  agents: number,
): void {
  const players = new Set(agent.subarray(from, to))
  const isWhole = players.size === agents && to - from === agents
  let isOne = true
  for (let row = from; row < to; row++) {
    isOne &&= state[row] === state[from] && next[row] === next[from] && action[row] !== NO_ACTION
  }
  if (isWhole && isOne) return
  throw new RuntimeError(
    'ERR_SCENARIO_INVALID',
    `${algorithm}: expected all ${agents} players in each decision, and all of them to see the same state, got ` +
      `${isWhole ? 'different ones' : `${players.size} players`}; take --algorithm tabular-q`,
    { details: { agents, got: players.size } },
  )
}
