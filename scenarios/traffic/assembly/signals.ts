// AssemblyScript: what signals show.

import { column } from '../../../runtime/core/assembly/table'
import * as W from '../words'
import { at, put } from './world'

/** Shows a phase of an intersection, counted from 0; `NONE` is red for all. */
export function show(world: usize, intersection: i32, phase: i32): void {
  const roadLinks = column(world, W.LINK_ROAD_LINK)
  const greens = column(world, W.GREEN)
  const links = column(world, W.INTERSECTION_LINKS_FROM)
  const first = at(column(world, W.INTERSECTION_ROAD_LINKS_FROM), intersection)
  put(column(world, W.PHASE), intersection, phase)
  const row = at(column(world, W.PHASES_FROM), intersection) + phase
  const green = column(world, W.PHASE_GREEN) + (phase < 0 ? 0 : <usize>at(column(world, W.PHASE_GREEN_FROM), row))
  for (let link = at(links, intersection); link < at(links, intersection + 1); link++) {
    const mayGo = phase >= 0 && load<u8>(green + <usize>(at(roadLinks, link) - first)) != 0
    store<u8>(greens + <usize>link, <u8>mayGo)
  }
}
