import { RuntimeError } from '../runtime/core/errors.ts'
import { agentPrefix } from '../runtime/core/parameters.ts'
import type { Random } from '../runtime/core/rng.ts'
import type { NamedTensor, NamedTensors } from '../runtime/core/tensors.ts'
import type { Descent, DescentOptions } from './descent.ts'
import { adamStep } from './math/adam-step.ts'
import { metropolisWeights, mix, randomGraph, track } from './math/consensus.ts'
import type { GradientSet, ParameterSet } from './math/gradients.ts'
import { CRITIC } from './networks/actor-and-critic.ts'
import type { TrainedNetwork } from './networks/network-set.ts'
import { ADAM_DEFAULTS } from './optimizer.ts'
import { tf } from './tf.ts'

/** How agents with networks of their own come to agree. */
export interface Communication {
  /** Neighbours that an agent has on average in a round; 0: it has none, and agents learn by themselves. */
  readonly degree: number
  /**
   * On the parameters of their critics alone, each averaged with the neighbours' behind a step by its own gradient; or on all, by
   * gradient tracking.
   */
  readonly agreement: 'critic' | 'tracking'
  /** Steps towards one set of targets. */
  readonly iterations: number
}

/** Each agent steps by its own gradients. */
export const ALONE: Communication = { degree: 0, agreement: 'critic', iterations: 1 }

/** Where a parameter lies in the block of an agent's. */
interface Place {
  readonly name: string
  readonly shape: number[]
  readonly from: number
  readonly to: number
}

/**
 * Steps of N agents, each on P parameters of its own, that pass parameters on to neighbours over a graph that is another in every
 * round. With C the Metropolis weights of the round's graph and Adam(·) the step that it makes of a gradient:
 *
 *   critic:     θ_i ← θ_i − Adam(g_i),   of the critic then w_i ← Σ_j c_ij w_j
 *   tracking:   t_i ← Σ_j c_ij (t_j + g_j − g_j⁻),   θ_i ← Σ_j c_ij (θ_j − Adam(t_j))
 *
 * Gradients are those of the mean over a whole batch, of which an agent's loss is the part that its rows are. The norm of each agent's is
 * bounded by itself: nobody knows that of all. Trackers begin anew, t⁰ = Σ_j c_ij g_j, with new
 * targets; where every step has its own, tracking would be none, and they go on.
 *
 * Unlike networks it computes in plain arrays: as tensor operations, the many passes over all agents' parameters take several times as
 * long as gradients do.
 */
export class NetworkedDescent implements Descent {
  readonly iterations: number
  readonly #agents: readonly ParameterSet[]
  /** In the order of names, those of the critics side by side. */
  readonly #places: readonly Place[]
  readonly #options: DescentOptions
  readonly #communication: Communication
  readonly #random: Random
  /** Columns of the critics in the blocks of parameters. */
  readonly #critic: readonly [from: number, to: number]
  /** All [N, P]; θ, g, g⁻ and t, and Adam's moments. */
  readonly #theta: Float32Array
  readonly #gradient: Float32Array
  readonly #before: Float32Array
  readonly #tracker: Float32Array
  readonly #first: Float32Array
  readonly #second: Float32Array
  #isTracking = false
  #steps = 0

  /** @param networks of the agents, whose parameters are alike in names and shapes */
  constructor(
    networks: readonly TrainedNetwork[],
    options: DescentOptions,
    communication: Communication,
    random: Random,
  ) {
    this.iterations = communication.iterations
    this.#agents = networks.map(({ parameters }) => parameters)
    this.#options = options
    this.#communication = communication
    this.#random = random
    this.#places = placesOf(this.#agents[0]!)
    const critic = this.#places.filter(({ name }) => name.startsWith(CRITIC))
    this.#critic = [critic[0]?.from ?? 0, critic.at(-1)?.to ?? 0]
    const floats = networks.length * this.#size
    this.#theta = new Float32Array(floats)
    this.#gradient = new Float32Array(floats)
    this.#first = new Float32Array(floats)
    this.#second = new Float32Array(floats)
    const tracked = communication.agreement === 'tracking' ? floats : 0
    this.#before = new Float32Array(tracked)
    this.#tracker = new Float32Array(tracked)
  }

  /** P */
  get #size(): number {
    return this.#places.at(-1)!.to
  }

  begin(): void {
    if (this.iterations > 1) this.#isTracking = false
  }

  async step(gradients: GradientSet): Promise<tf.Scalar> {
    const parameters = this.#theta
    await Promise.all([
      this.#read((agent, name) => gradients[agentPrefix(agent) + name]!, this.#gradient),
      this.#read((agent, name) => this.#agents[agent]![name]!, parameters),
    ])
    const norm = this.#clip()
    const weights = this.#drawWeights()
    if (this.#communication.agreement === 'critic') {
      this.#descend(parameters, this.#gradient)
      mix(weights, parameters, ...this.#critic)
    } else {
      this.#track(weights)
      this.#descend(parameters, this.#tracker)
      mix(weights, parameters)
    }
    this.#write(parameters)
    return tf.scalar(norm)
  }

  async #read(tensorOf: (agent: number, name: string) => tf.Tensor, out: Float32Array): Promise<void> {
    const reads = this.#agents.flatMap((_, agent) =>
      this.#places.map(async ({ name, from }) => {
        out.set(await tensorOf(agent, name).data<'float32'>(), agent * this.#size + from)
      }),
    )
    await Promise.all(reads)
  }

  #write(parameters: Float32Array): void {
    tf.tidy(() => {
      for (const [agent, own] of this.#agents.entries()) {
        for (const { name, shape, from, to } of this.#places) {
          const at = agent * this.#size
          const value = tf.tensor(parameters.slice(at + from, at + to), shape, 'float32')
          own[name]!.assign(value)
        }
      }
    })
  }

  /** @returns the largest of the agents' norms */
  #clip(): number {
    let largest = 0
    for (let agent = 0; agent < this.#agents.length; agent++) {
      const own = this.#gradient.subarray(agent * this.#size, (agent + 1) * this.#size)
      let squares = 0
      for (let k = 0; k < own.length; k++) squares += own[k]! * own[k]!
      const norm = Math.sqrt(squares)
      largest = Math.max(largest, norm)
      const scale = this.#options.gradientClip / norm
      if (scale < 1) for (let k = 0; k < own.length; k++) own[k]! *= scale
    }
    return largest
  }

  /** Of the round's graph. */
  #drawWeights(): Float64Array {
    const { degree } = this.#communication
    const agents = this.#agents.length
    return metropolisWeights(agents, randomGraph(agents, degree, this.#steps, this.#random))
  }

  #track(weights: Float64Array): void {
    if (!this.#isTracking) for (const block of [this.#tracker, this.#before]) block.fill(0)
    track(weights, this.#tracker, this.#gradient, this.#before)
    this.#before.set(this.#gradient)
    this.#isTracking = true
  }

  #descend(parameters: Float32Array, direction: Float32Array): void {
    this.#steps++
    const config = { ...ADAM_DEFAULTS, learningRate: this.#options.learningRate }
    adamStep(parameters, direction, this.#first, this.#second, this.#steps, config)
  }

  async save(): Promise<NamedTensors> {
    return this.#state((data) => data.slice())
  }

  /** What descent on the policies alone loads, to go on with the moments that theirs have here; only of agents that do not track. */
  saveOfActors(): NamedTensors {
    const [actor, size] = [this.#critic[0], this.#size]
    return this.#state((data) => data.filter((_, k) => k % size < actor))
  }

  /** Gives agents back what `saveOfActors` had of their policies' moments. */
  restoreActors(saved: NamedTensors, agents: readonly number[]): void {
    const [actor, size] = [this.#critic[0], this.#size]
    for (const agent of agents) {
      for (const [name, block] of Object.entries({ first: this.#first, second: this.#second })) {
        const own = saved[name]!.data.subarray(agent * actor, (agent + 1) * actor)
        block.set(own, agent * size)
      }
    }
  }

  #state(part: (data: Float32Array) => Float32Array): NamedTensors {
    const counts = Float64Array.of(this.#steps, Number(this.#isTracking))
    const block = (all: Float32Array): NamedTensor => {
      const [agents, data] = [this.#agents.length, part(all)]
      return { dtype: 'f32', shape: [agents, data.length / agents], data }
    }
    return {
      steps: { dtype: 'f64', shape: [2], data: counts },
      first: block(this.#first),
      second: block(this.#second),
      tracker: block(this.#tracker),
      before: block(this.#before),
    }
  }

  load(saved: NamedTensors): void {
    const blocks = {
      first: this.#first,
      second: this.#second,
      tracker: this.#tracker,
      before: this.#before,
    }
    for (const [name, block] of Object.entries({ ...blocks, steps: new Float64Array(2) })) {
      const got = saved[name]?.data.length
      if (got === block.length) continue
      throw new RuntimeError(
        'ERR_CHECKPOINT_MISMATCH',
        `optimizer state ${name}: expected ${block.length} numbers, got ${got ?? 'nothing'}; resume with the algorithm and ` +
          'the network the checkpoint was made with',
        { details: { name, expected: block.length, got } },
      )
    }
    for (const [name, block] of Object.entries(blocks)) block.set(saved[name]!.data)
    const [steps, isTracking] = saved['steps']!.data
    this.#steps = steps!
    this.#isTracking = isTracking === 1
  }

  dispose(): void {}
}

function placesOf(parameters: ParameterSet): Place[] {
  const names = Object.keys(parameters)
  const isCritic = (name: string) => Number(name.startsWith(CRITIC))
  let from = 0
  return names
    .sort((a, b) => isCritic(a) - isCritic(b))
    .map((name) => {
      const { shape, size } = parameters[name]!
      const place = { name, shape, from, to: from + size }
      from = place.to
      return place
    })
}
