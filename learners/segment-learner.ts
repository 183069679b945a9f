import type { Segment } from '../runtime/core/experience.ts'
import type { Learner, Losses } from '../runtime/core/learner.ts'
import { type NamedTensors, withoutPrefix, withPrefix } from '../runtime/core/tensors.ts'
import type { PolicyTrainer } from './policy-trainer.ts'
import type { Experience, SegmentQueue } from './replay/segment-queue.ts'

/**
 * What learners of policies have in common: experience waits in segments, is taken whole, learned from in one update, and forgotten.
 *
 * Everything random is a function of the seed and of the number of the update.
 */
export abstract class SegmentLearner implements Learner {
  readonly #batchSize: number
  readonly #queue: SegmentQueue
  protected readonly trainer: PolicyTrainer
  #updates = 0

  /** @param batchSize least transitions of an update */
  protected constructor(batchSize: number, queue: SegmentQueue, trainer: PolicyTrainer) {
    this.#batchSize = batchSize
    this.#queue = queue
    this.trainer = trainer
  }

  protected abstract learn(experience: Experience): Promise<Losses>

  get updates(): number {
    return this.#updates
  }

  get stored(): number {
    return this.#queue.transitions
  }

  ingest(segment: Segment): void {
    this.#queue.push(segment)
  }

  due(): number {
    return this.#queue.takes(this.#batchSize)
  }

  async update(): Promise<Losses> {
    const losses = await this.learn(this.#queue.take(this.#batchSize))
    this.#updates++
    return losses
  }

  weights(): Promise<NamedTensors> {
    return this.trainer.network.actingWeights()
  }

  async save(withReplay: boolean): Promise<NamedTensors> {
    return {
      counts: { dtype: 'f64', shape: [1], data: Float64Array.of(this.#updates) },
      ...withPrefix('online/', await this.trainer.network.weights()),
      ...withPrefix('optimizer/', await this.trainer.descent.save()),
      ...(withReplay ? withPrefix('waiting/', this.#queue.save()) : {}),
    }
  }

  load(saved: NamedTensors): void {
    this.trainer.descent.load(withoutPrefix('optimizer/', saved))
    this.trainer.network.assign(withoutPrefix('online/', saved))
    this.#updates = saved['counts']!.data[0]!
    const waiting = withoutPrefix('waiting/', saved)
    if (Object.keys(waiting).length > 0) this.#queue.load(waiting)
  }

  dispose(): void {
    this.trainer.dispose()
  }
}
