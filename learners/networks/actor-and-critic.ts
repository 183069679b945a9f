import type { NetworkSpec } from '../../runtime/core/network.ts'
import type { Random } from '../../runtime/core/rng.ts'
import { type NamedTensors, withoutPrefix, withPrefix } from '../../runtime/core/tensors.ts'
import type { ParameterSet } from '../math/gradients.ts'
import type { Grouping } from '../math/grouping.ts'
import { tf } from '../tf.ts'
import type { TrainedNetwork } from './network-set.ts'
import { ValueNetwork } from './value-network.ts'

/** What names of a policy's parameters begin with. */
export const ACTOR = 'actor/'
/** What names of a critic's parameters begin with. */
export const CRITIC = 'critic/'

/** A policy and a critic that share nothing, with outputs as those of one network: one for each action, then the state's value. */
export class ActorAndCritic implements TrainedNetwork {
  readonly parameters: ParameterSet
  readonly #actor: ValueNetwork
  readonly #critic: ValueNetwork

  /** @param actor the policy's network; the critic's is like it, but for its outputs */
  constructor(actor: NetworkSpec, random: Random) {
    this.#actor = ValueNetwork.initial(actor, random)
    this.#critic = ValueNetwork.initial({ ...actor, outputs: 1 }, random)
    this.parameters = Object.fromEntries([
      ...renamed(ACTOR, this.#actor.parameters),
      ...renamed(CRITIC, this.#critic.parameters),
    ])
  }

  /** @returns [B, A + 1] */
  forward(observation: tf.Tensor2D, grouping?: Grouping): tf.Tensor2D {
    return tf.concat(
      [this.#actor, this.#critic].map((network) => network.forward(observation, grouping)),
      1,
    )
  }

  actingWeights(): Promise<NamedTensors> {
    return this.#actor.weights()
  }

  async weights(): Promise<NamedTensors> {
    return {
      ...withPrefix(ACTOR, await this.#actor.weights()),
      ...withPrefix(CRITIC, await this.#critic.weights()),
    }
  }

  assign(weights: NamedTensors): void {
    this.#actor.assign(withoutPrefix(ACTOR, weights))
    this.#critic.assign(withoutPrefix(CRITIC, weights))
  }

  dispose(): void {
    this.#actor.dispose()
    this.#critic.dispose()
  }
}

function renamed(prefix: string, parameters: ParameterSet): [string, tf.Variable][] {
  return Object.entries(parameters).map(([name, variable]) => [prefix + name, variable])
}
