/**
 * What a scenario's module needs, and nothing else: no compute backend, no sockets, no thread pool. Every
 * worker thread that steps a world imports it.
 *
 *     import { defineScenario, describeObservation, z } from 'manyfold/scenario'
 */
export { z } from 'zod' // the one that reads the options' schema, so that there are not two
export { type ErrorCode, RuntimeError } from '../core/errors.ts'
export type { Arrays, Column, Columns, ColumnsOf, DType, Views } from '../core/memory/layout.ts'
export {
  type CellCode,
  describeObservation,
  type ImageView,
  NO_INPUT,
  type ObservationParts,
  type ObservationSpace,
} from '../core/observation.ts'
export { Random, Stream } from '../core/rng.ts'
export {
  type AgentColumns,
  type AnyScenario,
  Clock,
  defineScenario,
  type GroupSpec,
  type Phase,
  type Scenario,
  type ScriptedPolicy,
  type World,
  type WorldMemory,
  type WorldSpec,
} from '../core/scenario.ts'
export type { Difference, DrivenWorld, DriveWorld, Verification } from '../core/verify.ts'
