import { RuntimeError } from '../runtime/core/errors.ts'
import { NO_ACTION } from '../runtime/core/experience.ts'
import type { LearnerSetup, Losses } from '../runtime/core/learner.ts'
import { layersOf } from '../runtime/core/network.ts'
import type { ObservationSpace } from '../runtime/core/observation.ts'
import { agentPrefix, biasName, kernelName } from '../runtime/core/parameters.ts'
import { type NamedTensor, type NamedTensors, withoutPrefix, withPrefix } from '../runtime/core/tensors.ts'
import { type Experience, SegmentQueue } from './replay/segment-queue.ts'
import { SegmentLearner } from './segment-learner.ts'

/** What the agents of a group did in one segment; R rows. */
export interface TableRows {
  /** [R] whose row it is */
  readonly agent: Uint16Array
  /** [R] number of the input that the agent saw as 1 */
  readonly state: Int32Array
  /** [R] `NO_ACTION` where the row only is the state behind another one */
  readonly action: Uint16Array
  readonly reward: Float32Array
  /** [R] the agent's next state, −1 where it terminated */
  readonly next: Int32Array
}

/** An algorithm that keeps tables. */
export interface TabularRule {
  /**
   * Learns from one decision of the group, the rows `[from, to)`.
   *
   * @returns sum over the rows of the squared temporal differences
   */
  learn(rows: TableRows, from: number, to: number): number
  /** Outputs of an agent's network, [S, A]: values of actions, or logits of the policy. */
  outputs(agent: number, exploration: number): Float32Array
  save(): NamedTensors
  /** @param saved of the names and shapes that `save` gives */
  load(saved: NamedTensors): void
}

/**
 * The learner around tables: an agent's table is a network without hidden layers over states of which one input is 1. What arrived
 * is learned from once, decision by decision, in its order; an update is a segment.
 */
export class TabularLearner extends SegmentLearner {
  readonly #setup: LearnerSetup
  readonly #rule: TabularRule
  readonly #explorationAt: (progress: number) => number
  readonly #layer: string
  /** Of the run, at the last update: how much a policy explores hangs on it. */
  #progress = 0

  constructor(setup: LearnerSetup, rule: TabularRule, explorationAt: (progress: number) => number) {
    const { space, actions } = setup
    super(1, new SegmentQueue(space, true))
    this.#setup = setup
    this.#rule = rule
    this.#explorationAt = explorationAt
    const [table] = layersOf({
      shape: { kind: 'perceptron', hidden: [] },
      space,
      meanActions: 0,
      outputs: actions,
    })
    this.#layer = table!.name
  }

  protected async learn(experience: Experience, progress: number): Promise<Losses> {
    this.#progress = progress
    const rows = readRows(experience, this.#setup.space)
    let [squares, transitions] = [0, 0]
    for (let from = 0, to = 0; from < rows.action.length; from = to) {
      while (to < rows.action.length && experience.step[to] === experience.step[from]) to++
      if (rows.action[from] === NO_ACTION) continue
      squares += this.#rule.learn(rows, from, to)
      transitions += to - from
    }
    return { loss: squares / Math.max(1, transitions) }
  }

  async weights(): Promise<NamedTensors> {
    const { agents, actions } = this.#setup
    const exploration = this.#explorationAt(this.#progress)
    const tensors: Record<string, NamedTensor> = {}
    for (let agent = 0; agent < agents; agent++) {
      const data = this.#rule.outputs(agent, exploration)
      const prefix = agentPrefix(agent)
      tensors[prefix + kernelName(this.#layer)] = {
        dtype: 'f32',
        shape: [data.length / actions, actions],
        data,
      }
      tensors[prefix + biasName(this.#layer)] = {
        dtype: 'f32',
        shape: [actions],
        data: new Float32Array(actions),
      }
    }
    return tensors
  }

  override async save(withReplay: boolean): Promise<NamedTensors> {
    return {
      ...(await super.save(withReplay)),
      counts: { dtype: 'f64', shape: [2], data: Float64Array.of(this.updates, this.#progress) },
      ...withPrefix('tables/', this.#rule.save()),
    }
  }

  override load(saved: NamedTensors): void {
    const tables = withoutPrefix('tables/', saved)
    for (const [name, { dtype, shape }] of Object.entries(this.#rule.save())) {
      const got = tables[name]
      if (got?.dtype === dtype && String(got.shape) === String(shape)) continue
      throw new RuntimeError(
        'ERR_CHECKPOINT_MISMATCH',
        `tables ${name}: expected ${dtype} [${String(shape)}], got ` +
          `${got ? `${got.dtype} [${String(got.shape)}]` : 'nothing'}; resume with the options that the checkpoint was made with`,
        { details: { name } },
      )
    }
    this.#rule.load(tables)
    super.load(saved)
    this.#progress = saved['counts']!.data[1]!
  }

  dispose(): void {}
}

/** @throws ERR_SCENARIO_INVALID for an observation of which no input is 1 */
function readRows(experience: Experience, space: ObservationSpace): TableRows {
  const { agent, action, reward, next, observation } = experience
  const { recordBytes, hotOffset, inputs } = space
  const state = Int32Array.from(action, (_, row) => {
    const at = row * recordBytes + hotOffset
    return observation[at]! | (observation[at + 1]! << 8)
  })
  const wrong = state.find((input) => input >= inputs)
  if (wrong !== undefined) {
    throw new RuntimeError(
      'ERR_SCENARIO_INVALID',
      `observation: tables are over states of which one of ${inputs} inputs is 1, got one in which none is; ` +
        'give it an input of its own, or take --algorithm idqn',
      { details: { got: wrong, inputs } },
    )
  }
  return { agent, action, reward, state, next: next.map((row) => (row < 0 ? -1 : state[row]!)) }
}

/**
 * A policy that takes any action with probability ε and follows probabilities else, as logits.
 *
 * @param policy [S, A] probabilities
 */
export function logitsOf(policy: Float64Array, actions: number, exploration: number): Float32Array {
  return Float32Array.from(policy, (probability) =>
    Math.max(LEAST_LOGIT, Math.log((1 - exploration) * probability + exploration / actions)),
  )
}

/** That of an action which is never taken. */
const LEAST_LOGIT = -1e4

/** A table of a rule, as it is saved. */
export function f64Tensor(data: Float64Array, columns: number): NamedTensor {
  return { dtype: 'f64', shape: [data.length / columns, columns], data: data.slice() }
}

export function u32Tensor(data: Uint32Array): NamedTensor {
  return { dtype: 'u32', shape: [data.length], data: data.slice() }
}
