import type { Segment } from '../runtime/core/experience.ts'
import type { Learner, Losses } from '../runtime/core/learner.ts'
import { type NamedTensors, withoutPrefix, withPrefix } from '../runtime/core/tensors.ts'
import type { Experience, SegmentQueue } from './replay/segment-queue.ts'

/** What learners have in common that learn from everything once: experience waits in segments, is taken whole, and forgotten. */
export abstract class SegmentLearner implements Learner {
  readonly #batchSize: number
  readonly #queue: SegmentQueue
  #updates = 0

  /** @param batchSize least transitions of an update */
  protected constructor(batchSize: number, queue: SegmentQueue) {
    this.#batchSize = batchSize
    this.#queue = queue
  }

  protected abstract learn(experience: Experience, progress: number): Promise<Losses>
  abstract weights(): Promise<NamedTensors>
  abstract dispose(): void

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

  async update(progress: number): Promise<Losses> {
    const losses = await this.learn(this.#queue.take(this.#batchSize), progress)
    this.#updates++
    return losses
  }

  async save(withReplay: boolean): Promise<NamedTensors> {
    return {
      counts: { dtype: 'f64', shape: [1], data: Float64Array.of(this.#updates) },
      ...(withReplay ? withPrefix('waiting/', this.#queue.save()) : {}),
    }
  }

  load(saved: NamedTensors): void {
    this.#updates = saved['counts']!.data[0]!
    const waiting = withoutPrefix('waiting/', saved)
    if (Object.keys(waiting).length > 0) this.#queue.load(waiting)
  }
}
