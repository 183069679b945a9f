// AssemblyScript: Philox4x32-10 as in runtime/core/rng.ts, and orders drawn from it.

import * as W from '../words'
import { column } from './world'

const M0: u64 = 0xd2511f53
const M1: u64 = 0xcd9e8d57
const W0: u32 = 0x9e3779b9
const W1: u32 = 0xbb67ae85

/** A place is below 2³⁰, and so below `NO_CLAIM`. */
const PLACE_BITS: u32 = 0x3fffffff

/** Two words for a stream in the present step of the episode. */
export function drawPair(world: usize, stream: u32): u64 {
  const key = column(world, W.KEY)
  let k0 = load<u32>(key)
  let k1 = load<u32>(key, 4)
  let c0: u32 = 0
  let c1 = load<u32>(column(world, W.CLOCK))
  let c2 = stream
  let c3: u32 = 0
  for (let round = 0; round < 10; round++) {
    const p0 = M0 * <u64>c0
    const p1 = M1 * <u64>c2
    c0 = <u32>(p1 >> 32) ^ c1 ^ k0
    c1 = <u32>p1
    c2 = <u32>(p0 >> 32) ^ c3 ^ k1
    c3 = <u32>p0
    k0 += W0
    k1 += W1
  }
  return <u64>c0 | ((<u64>c1) << 32)
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
