import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { RuntimeError } from '../core/errors.ts'
import { playersOf } from '../core/scenario.ts'
import type { WorldPlan } from '../core/world.ts'
import type { Checkpoint } from '../store/checkpoint.ts'
import { findLearningGroup } from './config.ts'
import type { RunDescription } from './trainer.ts'

/** @throws ERR_CHECKPOINT_MISMATCH when a run that trained with another scenario or algorithm is to be resumed */
export function refuseOtherRun(
  folder: string,
  earlier: Pick<RunDescription, 'scenario' | 'algorithm'>,
  wanted: Pick<RunDescription, 'scenario' | 'algorithm'>,
): void {
  const refuse = (flag: string, trained: string, got: string): never => {
    throw new RuntimeError(
      'ERR_CHECKPOINT_MISMATCH',
      `${flag}: ${folder} is of a run that trained ${trained}, got ${got}; leave ${flag} out to go on with it, ` +
        'or leave --resume out to start a run of its own',
      { details: { folder, trained, got } },
    )
  }
  if (!isSame(earlier.scenario, wanted.scenario)) refuse('scenario', earlier.scenario, wanted.scenario)
  if (!isSame(earlier.algorithm, wanted.algorithm)) refuse('--algorithm', earlier.algorithm, wanted.algorithm)
}

/** A module may have been moved since. */
function isSame(one: string, other: string): boolean {
  const areModules = one.startsWith('file:') && other.startsWith('file:')
  return one === other || (areModules && basename(one) === basename(other))
}

/** @throws ERR_CHECKPOINT_MISMATCH when the group that learned can't play the policy of the one that is to learn */
export function refuseOtherKind({ folder, state }: Checkpoint, name: string, world: WorldPlan): void {
  const { learningGroup: earlier } = state as RunDescription
  const { groups } = world.spec
  const players = playersOf(groups, findLearningGroup(world, name))
  if (players.some((group) => groups[group]!.name === earlier)) return
  throw new RuntimeError(
    'ERR_CHECKPOINT_MISMATCH',
    `--learning-group: ${folder} is of a run in which ${earlier} learned, and ${name} observe or act otherwise; ` +
      'leave --learning-group out, or start a run of its own',
    { details: { folder, earlier, got: name } },
  )
}

/** @throws ERR_CHECKPOINT_MISMATCH when what the scenario reads has changed since */
export function refuseOtherConstants({ folder, state }: Checkpoint, world: WorldPlan): void {
  const { constants: trained } = state as RunDescription
  const { constants: got } = constantsOf(world)
  if (trained === got) return
  throw new RuntimeError(
    'ERR_CHECKPOINT_MISMATCH',
    `--resume: ${folder} is of a run on other data: the files that ${world.scenario.name} reads have changed since; ` +
      'give it the same ones, or start a run of its own',
    { details: { folder, trained, got } },
  )
}

/** A fingerprint of a world's constants. */
export function constantsOf({ spec: { constants } }: WorldPlan): Pick<RunDescription, 'constants'> {
  if (constants === undefined) return {}
  const hash = createHash('sha256')
  for (const [name, values] of Object.entries(constants)) hash.update(name).update(values)
  return { constants: hash.digest('hex').slice(0, 16) }
}
