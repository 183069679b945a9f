import { type NamedTensors, withoutPrefix, withPrefix } from '../runtime/core/tensors.ts'
import type { PolicyTrainer } from './policy-trainer.ts'
import type { SegmentQueue } from './replay/segment-queue.ts'
import { SegmentLearner } from './segment-learner.ts'

/**
 * What learners of policies by gradients have in common.
 *
 * Everything random is a function of the seed and of the number of the update.
 */
export abstract class PolicyLearner extends SegmentLearner {
  protected readonly trainer: PolicyTrainer

  /** @param batchSize least transitions of an update */
  protected constructor(batchSize: number, queue: SegmentQueue, trainer: PolicyTrainer) {
    super(batchSize, queue)
    this.trainer = trainer
  }

  weights(): Promise<NamedTensors> {
    return this.trainer.network.actingWeights()
  }

  override async save(withReplay: boolean): Promise<NamedTensors> {
    return {
      ...(await super.save(withReplay)),
      ...withPrefix('online/', await this.trainer.network.weights()),
      ...withPrefix('optimizer/', await this.trainer.descent.save()),
    }
  }

  override load(saved: NamedTensors): void {
    this.trainer.descent.load(withoutPrefix('optimizer/', saved))
    this.trainer.network.assign(withoutPrefix('online/', saved))
    super.load(saved)
  }

  dispose(): void {
    this.trainer.dispose()
  }
}
