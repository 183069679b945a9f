import type { ScriptedPolicy, WorldMemory } from '../../../runtime/core/scenario.ts'
import type { TrafficColumns, TrafficConstants } from '../plan.ts'
import { Plan } from '../signals.ts'
import type { TrafficWorld } from '../world.ts'

export function bindControllers(
  _world: TrafficWorld,
  { state }: WorldMemory<TrafficColumns, TrafficConstants>,
): Readonly<Record<string, ScriptedPolicy>> {
  return {
    plan: (_group, from, to) => state.plan.fill(Plan.wanted, from, to),
  }
}
