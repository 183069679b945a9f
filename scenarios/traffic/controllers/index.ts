import type { ScriptedPolicy, WorldMemory } from '../../../runtime/core/scenario.ts'
import type { TrafficColumns, TrafficConstants } from '../plan.ts'
import { FOLLOW_PLAN } from '../signals.ts'
import type { TrafficWorld } from '../world.ts'

export function bindControllers(
  _world: TrafficWorld,
  { agents }: WorldMemory<TrafficColumns, TrafficConstants>,
): Readonly<Record<string, ScriptedPolicy>> {
  return {
    plan: (_group, from, to) => agents.action.fill(FOLLOW_PLAN, from, to),
  }
}
