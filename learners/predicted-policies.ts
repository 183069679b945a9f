import { type ActingSpec, type LearnerSetup, networkFor } from '../runtime/core/learner.ts'
import type { Random } from '../runtime/core/rng.ts'
import type { NamedTensors } from '../runtime/core/tensors.ts'
import type { DescentOptions } from './descent.ts'
import { type Evidence, ratioOf } from './evidence.ts'
import { lossAndGradients } from './math/gradients.ts'
import { entropyOf, logProbabilityOf, type PolicyLoss } from './math/policy-loss.ts'
import { ALONE, NetworkedDescent } from './networked-descent.ts'
import { NetworkSet } from './networks/network-set.ts'
import { ValueNetwork } from './networks/value-network.ts'
import { tf } from './tf.ts'

/** How policies are improved. */
export interface Improvement {
  readonly policyLoss: PolicyLoss
  readonly entropyCoefficient: number
  /** Gradient steps. */
  readonly steps: number
}

/** Policies π̂ that agents would come to if each improved its own and the others stood still: no critics, and nothing that lasts. */
export class PredictedPolicies {
  readonly #networks: NetworkSet<ValueNetwork>
  readonly #descent: NetworkedDescent

  constructor(setup: LearnerSetup, acting: ActingSpec, options: DescentOptions, random: Random) {
    const network = networkFor(acting, setup.space, setup.actions)
    this.#networks = new NetworkSet(setup.agents, () => ValueNetwork.initial(network, random))
    this.#descent = new NetworkedDescent(this.#networks.networks, options, ALONE, random)
  }

  /**
   * Goes back to what agents play.
   *
   * @param weights  of their policies
   * @param optimizer state of the descent on these, so that steps are those that agents would take next
   */
  start(weights: NamedTensors, optimizer: NamedTensors): void {
    this.#networks.assign(weights)
    this.#descent.load(optimizer)
  }

  /** Down the gradients of mean [ policyLoss − c_H H ]. */
  async improve(evidence: Evidence, { policyLoss, entropyCoefficient, steps }: Improvement): Promise<void> {
    const { observation, action, logProbability, advantage } = evidence
    const weight = tf.onesLike(advantage)
    const loss = () => {
      const logits = this.#networks.forward(observation)
      const own = policyLoss(logProbabilityOf(logits, action), logProbability, advantage, weight)
      return tf.sub(tf.mean(own), tf.mul(tf.mean(entropyOf(logits)), entropyCoefficient)) as tf.Scalar
    }
    for (let step = 0; step < steps; step++) {
      const computed = tf.tidy(() => lossAndGradients(loss, this.#networks.parameters))
      const norm = await this.#descent.step(computed.gradients)
      tf.dispose([norm, computed.loss, ...Object.values(computed.gradients)])
    }
    weight.dispose()
  }

  /** π̂ / π of what was done, [B]. */
  async ratios(evidence: Evidence): Promise<Float32Array> {
    const ratio = tf.tidy(() => ratioOf(this.#networks, evidence))
    const values = await ratio.data<'float32'>()
    ratio.dispose()
    return values
  }

  dispose(): void {
    this.#networks.dispose()
  }
}
