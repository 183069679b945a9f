import { RuntimeError } from '../../runtime/core/errors.ts'
import type { LearningTask } from '../../runtime/core/learner.ts'

/** @throws ERR_CONFIG_INVALID when not all agents of a group are recorded, for algorithms that learn from whole groups */
export function refuseSample(algorithm: string, { isSampled }: LearningTask): void {
  if (!isSampled) return
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `--sample-agents: ${algorithm} learns from what all agents of a group do together; raise it to their number, ` +
      'or take --algorithm mfq',
  )
}
