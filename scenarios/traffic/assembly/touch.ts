// AssemblyScript: reads what a stretch of a phase will need, column by column, so that the processor fetches many lines of
// memory at a time and not one after the other. Matters where a city does not fit the cache.

import { column } from '../../../runtime/core/assembly/table'
import * as C from '../codes'
import * as W from '../words'
import { at, endOf, lanes, listOf, nextLinkOf, positionOf, vehicleIn } from './world'

/** Drivables of a stretch. */
export const AHEAD = 16

/** Keeps the compiler from leaving out what is read for its own sake. */
let read: f64 = 0

/** Before the vehicles of `occupied[from … to)` are driven on. */
export function touchDrivables(world: usize, from: i32, to: i32): void {
  const occupied = column(world, W.OCCUPIED)
  let lists: i32 = 0
  for (let i = from; i < to; i++) {
    const drivable = at(occupied, i)
    lists += at(listOf(drivable), C.LIST_AT)
  }
  for (let i = from; i < to; i++) {
    const first = vehicleIn(listOf(at(occupied, i)), 0)
    lists += nextLinkOf(first)
    read += positionOf(first)
  }
  for (let i = from; i < to; i++) {
    const drivable = at(occupied, i)
    const link = drivable < lanes ? nextLinkOf(vehicleIn(listOf(drivable), 0)) : drivable - lanes
    if (link >= 0) lists += endOf(link)
  }
  for (let i = from; i < to; i++) {
    const drivable = at(occupied, i)
    const link = drivable < lanes ? nextLinkOf(vehicleIn(listOf(drivable), 0)) : drivable - lanes
    if (link >= 0) lists += at(listOf(endOf(link)), C.LIST_AT) + at(listOf(lanes + link), C.LIST_AT)
  }
  read += <f64>lists
}
