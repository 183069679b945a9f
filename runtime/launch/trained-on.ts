import { resolveScenario } from '../../scenarios/registry.ts'
import type { Layer } from '../core/config.ts'
import { readCheckpointState } from '../store/checkpoint.ts'
import { isPath } from './policies.ts'
import type { RunDescription } from './trainer.ts'

/** What the first of the policies that is a checkpoint was trained on. */
export async function trainedOn(policies: readonly unknown[]): Promise<RunDescription | undefined> {
  const path = policies.find((policy) => typeof policy === 'string' && isPath(policy))
  return path === undefined ? undefined : ((await readCheckpointState(path as string)) as RunDescription)
}

/** What a policy was trained on is what it is played on, unless what was typed says otherwise: the weakest layer. */
export function asTrained(
  trained: RunDescription | undefined,
  reference: string,
  layers: readonly Layer[],
): readonly Layer[] {
  const hasPreset = layers.some(({ values }) => values['preset'] !== undefined)
  if (trained?.scenario !== resolveScenario(reference) || hasPreset) return []
  return [{ source: 'file', name: 'checkpoint', values: trained.scenarioOptions }]
}
