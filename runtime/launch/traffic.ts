/**
 * The traffic simulation by itself, and nothing else: no compute backend, no sockets, no threads.
 *
 *     import { TrafficEngine } from 'manyfold/traffic'
 */
export {
  type PushedVehicle,
  TrafficEngine,
  type TrafficEngineOptions,
  type VehicleInfo,
} from '../../scenarios/traffic/engine.ts'
export type { TrafficSnapshot } from '../../scenarios/traffic/snapshot.ts'
export { type ErrorCode, RuntimeError } from '../core/errors.ts'
