// AssemblyScript: orders that are drawn for a step.

import { column } from '../../../runtime/core/assembly/table'
import { draw, word0, word1 } from '../../../runtime/core/assembly/philox'
import * as W from '../words'

/** A place is below 2³⁰, and so below `NO_CLAIM`. */
const PLACE_BITS: u32 = 0x3fffffff

/** Two words for a stream in the present step of the episode. */
export function drawPair(world: usize, stream: u32): u64 {
  draw(column(world, W.KEY), stream, load<u32>(column(world, W.CLOCK)), 0)
  return <u64>word0 | (<u64>word1 << 32)
}

/**
 * The place of an agent in a drawn order: a bijection of 30 bits under a key of the step, so that no two
 * ids have the same place and every order of two ids is as likely as the other.
 */
// @ts-ignore: decorator
@inline
export function placeOf(id: u32, keys: u64): i32 {
  let v = (id ^ <u32>keys) & PLACE_BITS
  v = (v * 0x7feb352d) & PLACE_BITS
  v ^= v >> 15
  v = (v + <u32>(keys >> 32)) & PLACE_BITS
  v = (v * 0x846ca68b) & PLACE_BITS
  v ^= v >> 16
  v = (v * 0x9e3779b1) & PLACE_BITS
  v ^= v >> 15
  return <i32>v
}
