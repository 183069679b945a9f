import type { FlowEntry, VehicleEntry } from '../data-set.ts'
import type { Traffic } from './sumo-routes.ts'
import { type VehicleType, vehicleEntry } from './vehicle-types.ts'

/**
 * CityFlow's flows. A vehicle enters at the first whole second from its departure on, as in SUMO. Vehicles that leave
 * every so many whole seconds are one flow; at other intervals CityFlow would add up rounding errors, so each is a flow
 * of its own.
 *
 * @param begin time of the first step, in seconds
 */
export function flowEntries(traffic: readonly Traffic[], begin: number): FlowEntry[] {
  const vehicleOf = rememberVehicles()
  return traffic.flatMap(({ type, route, departures: { start, period, count } }) => {
    const rest = { vehicle: vehicleOf(type, route.speed), route: route.roads }
    if (Number.isInteger(period)) {
      const startTime = Math.ceil(start - begin)
      const endTime = count === Number.POSITIVE_INFINITY ? -1 : startTime + (count - 1) * period
      return [{ ...rest, interval: period, startTime, endTime }]
    }
    return Array.from({ length: count }, (_, i) => {
      const time = Math.ceil(start + i * period - begin)
      return { ...rest, interval: 1, startTime: time, endTime: time }
    })
  })
}

/** Few differ among many. */
function rememberVehicles(): (type: VehicleType, speed: number) => VehicleEntry {
  const known = new Map<VehicleType, Map<number, VehicleEntry>>()
  return (type, speed) => {
    const bySpeed = known.get(type) ?? new Map<number, VehicleEntry>()
    known.set(type, bySpeed)
    const entry = bySpeed.get(speed) ?? vehicleEntry(type, speed)
    bySpeed.set(speed, entry)
    return entry
  }
}
