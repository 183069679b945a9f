import type { Segment } from '../runtime/core/experience.ts'
import {
  type ActingSpec,
  type Learner,
  type LearnerSetup,
  type Losses,
  networkFor,
} from '../runtime/core/learner.ts'
import { ObservationExpander } from '../runtime/core/observation.ts'
import { Random, seedKey } from '../runtime/core/rng.ts'
import { type NamedTensors, withoutPrefix, withPrefix } from '../runtime/core/tensors.ts'
import { completeQLearning, type QLearningOptions } from './algorithms/q-learning.ts'
import { type StateValue, type TransitionBatch, updateQ } from './algorithms/q-update.ts'
import { readScalars } from './math/scalars.ts'
import { ValueNetwork } from './networks/value-network.ts'
import { Adam } from './optimizer.ts'
import { Replay, type Sample } from './replay/replay.ts'
import { tf } from './tf.ts'

/**
 * The learner around a Q-learning algorithm: replay, networks, optimiser and their state.
 *
 * Everything random is a function of the seed and of the number of the update.
 */
export class OffPolicyLearner implements Learner {
  readonly #setup: LearnerSetup
  readonly #options: QLearningOptions & { readonly samplesPerInsert: number }
  readonly #stateValue: (progress: number) => StateValue
  readonly #replay: Replay
  readonly #online: ValueNetwork
  readonly #target: ValueNetwork
  readonly #optimizer: Adam
  readonly #random: Random
  readonly #expander: ObservationExpander
  /** Transitions that pay for updates. */
  #inserted = 0
  /** Transitions ingested since the replay was last empty: updates wait for `learningStarts` of them. */
  #gathered = 0
  #updates = 0

  constructor(
    setup: LearnerSetup,
    acting: ActingSpec,
    options: QLearningOptions,
    stateValue: (progress: number) => StateValue,
  ) {
    const network = networkFor(acting, setup.space, setup.actions)
    this.#setup = setup
    this.#options = completeQLearning(options, false)
    this.#stateValue = stateValue
    this.#random = new Random(seedKey(setup.seed))
    this.#replay = new Replay(options.replayCapacity, setup.space)
    this.#online = ValueNetwork.initial(network, this.#random)
    this.#target = ValueNetwork.initial(network, this.#random)
    this.#optimizer = new Adam(this.#online.parameters, { learningRate: options.learningRate })
    this.#expander = new ObservationExpander(setup.space)
  }

  get updates(): number {
    return this.#updates
  }

  get stored(): number {
    return this.#replay.stored
  }

  ingest(segment: Segment): void {
    this.#replay.insert(segment)
    this.#inserted += segment.transitions
    this.#gathered += segment.transitions
  }

  due(): number {
    const { learningStarts, samplesPerInsert, batchSize } = this.#options
    if (this.#gathered < learningStarts || this.#replay.stored === 0) return 0
    return Math.floor((this.#inserted * samplesPerInsert) / batchSize) - this.#updates
  }

  async update(progress: number): Promise<Losses> {
    const batch = this.#batch(this.#replay.sample(this.#options.batchSize, this.#updates, this.#random))
    const losses = updateQ(
      this.#online,
      this.#target,
      this.#optimizer,
      batch,
      this.#stateValue(progress),
      this.#options,
    )
    this.#updates++
    const named = await readScalars(losses)
    tf.dispose([...Object.values(batch), ...Object.values(losses)])
    return named
  }

  #batch(sample: Sample): TransitionBatch {
    const B = sample.row.length
    return {
      observation: this.#observations(sample.row),
      action: tf.tensor1d(
        Int32Array.from(sample.row, (row) => this.#replay.action[row]!),
        'int32',
      ),
      reward: tf.tensor1d(Float32Array.from(sample.row, (row) => this.#replay.reward[row]!)),
      continues: tf.tensor1d(sample.continues.slice(0, B)),
      nextObservation: this.#observations(sample.nextRow),
    }
  }

  #observations(rows: Uint32Array): tf.Tensor2D {
    const { inputs, recordBytes, shared } = this.#setup.space
    const dense = new Float32Array(rows.length * inputs)
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!
      const sharedAt = this.#replay.step[row]! * shared
      this.#expander.expand(
        this.#replay.observation,
        row * recordBytes,
        this.#replay.shared,
        sharedAt,
        dense,
        i * inputs,
      )
    }
    return tf.tensor2d(dense, [rows.length, inputs])
  }

  weights(): Promise<NamedTensors> {
    return this.#online.weights()
  }

  async save(withReplay: boolean): Promise<NamedTensors> {
    const counts = Float64Array.of(this.#inserted, this.#updates, this.#gathered)
    return {
      counts: { dtype: 'f64', shape: [3], data: counts },
      ...withPrefix('online/', await this.#online.weights()),
      ...withPrefix('target/', await this.#target.weights()),
      ...withPrefix('optimizer/', await this.#optimizer.save()),
      ...(withReplay ? withPrefix('replay/', this.#replay.save()) : {}),
    }
  }

  load(saved: NamedTensors): void {
    this.#optimizer.load(withoutPrefix('optimizer/', saved))
    this.#online.assign(withoutPrefix('online/', saved))
    this.#target.assign(withoutPrefix('target/', saved))
    const [inserted, updates, gathered] = saved['counts']!.data as Float64Array
    const replay = withoutPrefix('replay/', saved)
    const hasReplay = Object.keys(replay).length > 0
    if (hasReplay) this.#replay.load(replay)
    this.#updates = updates!
    this.#gathered = hasReplay ? gathered! : 0
    // What refills an empty replay pays for no updates: they would come in a burst when it is full enough.
    this.#inserted = hasReplay ? inserted! : inserted! - this.#options.learningStarts
  }

  dispose(): void {
    this.#optimizer.dispose()
    this.#online.dispose()
    this.#target.dispose()
  }
}
