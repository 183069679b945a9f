import { agentPrefix } from '../../runtime/core/parameters.ts'
import { type NamedTensors, withoutPrefix, withPrefix } from '../../runtime/core/tensors.ts'
import type { ParameterSet } from '../math/gradients.ts'
import type { Grouping } from '../math/grouping.ts'
import { tf } from '../tf.ts'
import type { Observations } from './observations.ts'

/** A network that is trained. */
export interface TrainedNetwork {
  readonly parameters: ParameterSet
  /** @param observation [B, inputs] @returns [B, outputs] */
  forward(observation: tf.Tensor2D, grouping?: Grouping): tf.Tensor2D
  weights(): Promise<NamedTensors>
  /** Those with which agents act. */
  actingWeights(): Promise<NamedTensors>
  assign(weights: NamedTensors): void
  dispose(): void
}

/** The networks of a group: one for all of its agents, or one for each, whose tensors bear the agent's number. */
export class NetworkSet<N extends TrainedNetwork> {
  /** By the agents' numbers. */
  readonly networks: readonly N[]
  readonly parameters: ParameterSet
  readonly #prefixes: readonly string[]

  /** @param agents that have one each; left out, one serves all */
  constructor(agents: number | undefined, create: () => N) {
    this.networks = Array.from({ length: agents ?? 1 }, create)
    this.#prefixes = agents === undefined ? [''] : this.networks.map((_, agent) => agentPrefix(agent))
    this.parameters = Object.fromEntries(
      this.networks.flatMap(({ parameters }, i) =>
        Object.entries(parameters).map(([name, variable]) => [this.#prefixes[i]! + name, variable]),
      ),
    )
  }

  /** @returns [B, outputs] */
  forward({ parts, grouping }: Observations): tf.Tensor2D {
    const outputs = parts.map(({ network, observation }) =>
      this.networks[network]!.forward(observation, grouping),
    )
    return outputs.length === 1 ? outputs[0]! : tf.concat(outputs)
  }

  weights(): Promise<NamedTensors> {
    return this.#gather((network) => network.weights())
  }

  actingWeights(): Promise<NamedTensors> {
    return this.#gather((network) => network.actingWeights())
  }

  async #gather(weightsOf: (network: N) => Promise<NamedTensors>): Promise<NamedTensors> {
    const all = this.networks.map(async (network, i) =>
      withPrefix(this.#prefixes[i]!, await weightsOf(network)),
    )
    return Object.assign({}, ...(await Promise.all(all))) as NamedTensors
  }

  assign(weights: NamedTensors): void {
    for (const [i, network] of this.networks.entries()) {
      network.assign(withoutPrefix(this.#prefixes[i]!, weights))
    }
  }

  dispose(): void {
    for (const network of this.networks) network.dispose()
  }
}
