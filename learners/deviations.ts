import { type ActingSpec, type LearnerSetup, networkFor } from '../runtime/core/learner.ts'
import { agentPrefix } from '../runtime/core/parameters.ts'
import type { Random } from '../runtime/core/rng.ts'
import type { NamedTensors } from '../runtime/core/tensors.ts'
import { type DenseRows, denseRowsOf } from './dense-rows.ts'
import { type Evidence, evidenceOf, ratioOf } from './evidence.ts'
import { type GradientSet, lossAndGradients } from './math/gradients.ts'
import { NetworkSet } from './networks/network-set.ts'
import { ValueNetwork } from './networks/value-network.ts'
import type { Experience } from './replay/segment-queue.ts'
import { tf } from './tf.ts'

/** Tries of one step's length. */
const TRIES = 12
/** A step is long enough that comes so near to the radius. */
const NEAR = 0.8
/** By how much a length is changed at once, at most. */
const LONGEST_STRIDE = 1000

/**
 * Policies that agents could change to, each alone and near its own: steps up the gradient of what the weighed advantages promise,
 *
 *   θ′ ← θ′ + e ∇ E [ (π′/π) A ],   E [ KL(π′_before ‖ π′_after) ] ≤ ρ/n,
 *
 * each as long as its part of the radius lets it be.
 */
export class Deviations {
  readonly #agents: number
  readonly #networks: NetworkSet<ValueNetwork>
  readonly #dense: DenseRows

  /** @param agents that may deviate, the first of the group */
  constructor(setup: LearnerSetup, acting: ActingSpec, agents: number, random: Random) {
    const network = networkFor(acting, setup.space, setup.actions)
    this.#agents = agents
    this.#networks = new NetworkSet(agents, () => ValueNetwork.initial(network, random))
    this.#dense = denseRowsOf(setup.space)
  }

  /** Decisions of agents that may deviate, as tensors that are the caller's to free. */
  evidenceOf(experience: Experience, advantage: Float32Array, rows: readonly number[]): Evidence {
    const own = rows.filter((row) => experience.agent[row]! < this.#agents)
    return evidenceOf(this.#dense, experience, advantage, own)
  }

  /** Goes back to what the agents play. @param weights of their policies */
  start(weights: NamedTensors): void {
    this.#networks.assign(weights)
  }

  /** @param radius ρ, in nats @param steps n */
  async climb(evidence: Evidence, radius: number, steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      const gradients = this.gradients(evidence, 1 / evidence.agents.length)
      await this.#stride(evidence, gradients, radius / steps)
      tf.dispose(gradients)
    }
  }

  /** Of Σ_t (π′/π) A times a share: of its negative, which is a loss. The caller's to free. */
  gradients(evidence: Evidence, share: number): GradientSet {
    return tf.tidy(() => {
      const loss = () => tf.mul(tf.sum(this.#promised(evidence)), -share) as tf.Scalar
      return lossAndGradients(loss, this.#networks.parameters).gradients
    })
  }

  /** E [ (π′/π − 1) A ] of each agent: on the scale of one step's reward, though A sums rewards to come. */
  async gains(evidence: Evidence): Promise<Float64Array> {
    const more = tf.tidy(() => tf.sub(this.#promised(evidence), evidence.advantage))
    const means = this.#meansOf(evidence, await more.data<'float32'>())
    more.dispose()
    return means
  }

  /** (π′/π) A, [B]. */
  #promised(evidence: Evidence): tf.Tensor1D {
    return tf.mul(ratioOf(this.#networks, evidence), evidence.advantage)
  }

  /** One step down the gradients, of each agent as long as the radius lets it be: the divergence grows as its square at first. */
  async #stride(evidence: Evidence, gradients: GradientSet, radius: number): Promise<void> {
    const before = tf.tidy(() => {
      const parameters = Object.entries(this.#networks.parameters)
      return {
        parameters: Object.fromEntries(parameters.map(([name, variable]) => [name, tf.clone(variable)])),
        logits: this.#networks.forward(evidence.observation),
      }
    })
    const fitting = new Float64Array(this.#agents)
    const tried = new Float64Array(this.#agents).fill(1)
    for (let i = 0; i < TRIES; i++) {
      this.#move(before.parameters, gradients, tried)
      const divergence = await this.#divergence(evidence, before.logits)
      let isDone = true
      for (const [agent, nats] of divergence.entries()) {
        if (nats <= radius) fitting[agent] = tried[agent]!
        if (nats <= radius && nats >= NEAR * radius) continue
        isDone = false
        // Towards the middle of what is long enough.
        const stride = Math.sqrt(((1 + NEAR) / 2) * (radius / Math.max(nats, Number.MIN_VALUE)))
        tried[agent]! *= Math.min(LONGEST_STRIDE, Math.max(1 / LONGEST_STRIDE, stride))
      }
      if (isDone) break
    }
    this.#move(before.parameters, gradients, fitting)
    tf.dispose([before.logits, ...Object.values(before.parameters)])
  }

  #move(from: GradientSet, gradients: GradientSet, lengths: Float64Array): void {
    tf.tidy(() => {
      for (const [agent, { parameters }] of this.#networks.networks.entries()) {
        for (const [own, variable] of Object.entries(parameters)) {
          const name = agentPrefix(agent) + own
          variable.assign(tf.sub(from[name]!, tf.mul(gradients[name]!, lengths[agent]!)))
        }
      }
    })
  }

  /** Mean of KL(π ‖ π′), of each agent. @param logits of π */
  async #divergence(evidence: Evidence, logits: tf.Tensor2D): Promise<Float64Array> {
    const rows = tf.tidy(() => {
      const difference = tf.sub(
        tf.logSoftmax(logits),
        tf.logSoftmax(this.#networks.forward(evidence.observation)),
      )
      return tf.sum(tf.mul(tf.softmax(logits), difference), 1)
    })
    const means = this.#meansOf(evidence, await rows.data<'float32'>())
    rows.dispose()
    return means
  }

  /** Of the rows of each agent; 0 of one that has none. */
  #meansOf({ agents }: Evidence, values: Float32Array): Float64Array {
    const sums = new Float64Array(this.#agents)
    const counts = new Float64Array(this.#agents)
    for (const [row, agent] of agents.entries()) {
      sums[agent]! += values[row]!
      counts[agent]!++
    }
    return sums.map((sum, agent) => sum / Math.max(1, counts[agent]!))
  }

  dispose(): void {
    this.#networks.dispose()
  }
}
