import {
  loadPolicy,
  measureReturn,
  planScenario,
  type ReturnResult,
  type TrainConfig,
} from '../../runtime/launch/index.ts'
import type { EvalSelection } from '../../runtime/launch/policies.ts'

/** What a policy earns where there is one group, in episodes that no training has seen. @param policy as one names it to `eval` */
export async function measure(
  config: TrainConfig,
  policy: string,
  selection: EvalSelection,
  episodes: number,
): Promise<ReturnResult> {
  const world = planScenario(config)
  return measureReturn({
    world,
    scenario: config.reference,
    policy: await loadPolicy(policy, world, selection),
    episodes,
    threads: config.run.threads,
    seed: 7,
    signal: new AbortController().signal,
    onProgress: () => {},
  })
}
