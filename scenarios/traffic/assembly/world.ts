// AssemblyScript. Where a world's arrays lie, and how they are read; `words.ts` names the words of its description.
// All addresses are bytes of the arena. Vehicles are known by their slots, drivables and lane links by their numbers.

import { column, word } from '../../../runtime/core/assembly/table'
import * as C from '../codes'
import * as W from '../words'

/** The world that the addresses below belong to. */
let attached: usize = 0

/** Seconds of a step. */
export let interval: f64 = 1
export let lanes: i32 = 0
export let changesLanes: bool = false

let linkRows: usize = 0

let types: usize = 0
let vehicleTypes: usize = 0
let positions: usize = 0
let speeds: usize = 0
let drivables: usize = 0
let previouses: usize = 0
let nextLinks: usize = 0
let blockers: usize = 0
let priorities: usize = 0
let entereds: usize = 0
let lists: usize = 0
let occupiedBits: usize = 0
let greens: usize = 0
let claims: usize = 0

/** Makes the functions of this file speak of a world. */
export function attach(world: usize): void {
  if (world == attached) return
  attached = world
  interval = load<f64>(world + (W.INTERVAL << 2))
  lanes = word(world, W.LANES)
  changesLanes = word(world, W.LANE_CHANGE) != 0
  linkRows = column(world, W.LINK_ROWS)
  types = column(world, W.TYPES)
  vehicleTypes = column(world, W.TYPE)
  positions = column(world, W.POSITION)
  speeds = column(world, W.SPEED)
  drivables = column(world, W.DRIVABLE)
  previouses = column(world, W.PREVIOUS)
  nextLinks = column(world, W.NEXT_LINK)
  blockers = column(world, W.BLOCKER)
  priorities = column(world, W.PRIORITY)
  entereds = column(world, W.ENTERED)
  lists = column(world, W.LISTS)
  occupiedBits = column(world, W.OCCUPIED_BITS)
  greens = column(world, W.GREEN)
  claims = column(world, W.CLAIMED)
}

/** Entry of an array of 32-bit integers. */
// @ts-ignore: decorator
@inline
export function at(array: usize, index: i32): i32 {
  return load<i32>(array + (<usize>index << 2))
}

// @ts-ignore: decorator
@inline
export function put(array: usize, index: i32, value: i32): void {
  store<i32>(array + (<usize>index << 2), value)
}

/** Adds to an entry of an array of 32-bit integers. */
// @ts-ignore: decorator
@inline
export function increase(array: usize, index: i32, by: i32): void {
  put(array, index, at(array, index) + by)
}

/** Adds to a 64-bit integer of two words. */
// @ts-ignore: decorator
@inline
export function add(array: usize, index: i32, by: i32): void {
  const address = array + (<usize>index << 2)
  store<i64>(address, load<i64>(address) + <i64>by)
}

/** Entry of an array of 64-bit floats. */
// @ts-ignore: decorator
@inline
export function numberAt(array: usize, index: i32): f64 {
  return load<f64>(array + (<usize>index << 3))
}

// @ts-ignore: decorator
@inline
export function putNumber(array: usize, index: i32, value: f64): void {
  store<f64>(array + (<usize>index << 3), value)
}

// @ts-ignore: decorator
@inline
export function lengthOf(drivable: i32): f64 {
  return load<f64>(listOf(drivable) + (C.LIST_LENGTH << 2))
}

// @ts-ignore: decorator
@inline
export function maxSpeedOf(drivable: i32): f64 {
  return load<f64>(listOf(drivable) + (C.LIST_MAX_SPEED << 2))
}

/** The road that a lane belongs to. */
// @ts-ignore: decorator
@inline
export function laneRoadOf(world: usize, lane: i32): i32 {
  return at(column(world, W.LANE_ROAD), lane)
}

// @ts-ignore: decorator
@inline
function linkRow(link: i32): usize {
  return linkRows + <usize>link * (C.LINK_WORDS << 2)
}

/** The lane on which a lane link starts. */
// @ts-ignore: decorator
@inline
export function startOf(link: i32): i32 {
  return at(linkRow(link), C.LINK_START)
}

/** The lane on which a lane link ends. */
// @ts-ignore: decorator
@inline
export function endOf(link: i32): i32 {
  return at(linkRow(link), C.LINK_END)
}

/** Right of way of a lane link: straight 3, left 2, right 1. */
// @ts-ignore: decorator
@inline
export function rankOf(link: i32): i32 {
  return at(linkRow(link), C.LINK_RANK)
}

/** The first of a lane link's crosses; those of the next one follow. */
// @ts-ignore: decorator
@inline
export function crossesFrom(link: i32): i32 {
  return at(linkRow(link), C.LINK_CROSSES_FROM)
}

// @ts-ignore: decorator
@inline
export function isGreen(link: i32): bool {
  return load<u8>(greens + <usize>link) != 0
}

/** The numbers of a vehicle's kind. */
// @ts-ignore: decorator
@inline
export function typeOf(vehicle: i32): usize {
  return types + (<usize>at(vehicleTypes, vehicle) << 7)
}

// @ts-ignore: decorator
@inline
export function number(type: usize, index: i32): f64 {
  return load<f64>(type + (<usize>index << 3))
}

/** Metres from the start of its drivable to the vehicle's front. */
// @ts-ignore: decorator
@inline
export function positionOf(vehicle: i32): f64 {
  return numberAt(positions, vehicle)
}

// @ts-ignore: decorator
@inline
export function speedOf(vehicle: i32): f64 {
  return numberAt(speeds, vehicle)
}

// @ts-ignore: decorator
@inline
export function drivableOf(vehicle: i32): i32 {
  return at(drivables, vehicle)
}

/** The drivable that the vehicle was on before. */
// @ts-ignore: decorator
@inline
export function previousOf(vehicle: i32): i32 {
  return at(previouses, vehicle)
}

/** The lane link by which a vehicle on a lane will leave it; `NONE` on the last road, `NO_LINK` where there is none. */
// @ts-ignore: decorator
@inline
export function nextLinkOf(vehicle: i32): i32 {
  return at(nextLinks, vehicle)
}

/** Whom the vehicle gave way to in the last step. */
// @ts-ignore: decorator
@inline
export function blockerOf(vehicle: i32): i32 {
  return at(blockers, vehicle)
}

// @ts-ignore: decorator
@inline
export function priorityOf(vehicle: i32): i32 {
  return at(priorities, vehicle)
}

/** The step in which the vehicle came to its drivable. */
// @ts-ignore: decorator
@inline
export function enteredAt(vehicle: i32): i32 {
  return at(entereds, vehicle)
}

/** A drivable's entry of `lists`. */
// @ts-ignore: decorator
@inline
export function listOf(drivable: i32): usize {
  return lists + <usize>drivable * (C.LIST_WORDS << 2)
}

/** Vehicles on a drivable. */
// @ts-ignore: decorator
@inline
export function countOn(drivable: i32): i32 {
  return isOccupied(drivable) ? countIn(listOf(drivable)) : 0
}

// @ts-ignore: decorator
@inline
export function countIn(list: usize): i32 {
  return at(list, C.LIST_COUNT)
}

/** The i-th vehicle of a drivable, counted from the foremost. */
// @ts-ignore: decorator
@inline
export function vehicleIn(list: usize, i: i32): i32 {
  return at(lists, at(list, C.LIST_AT) + i)
}

/** Whether a drivable has vehicles. All drivables' bits stay in the cache, which their lists do not. */
// @ts-ignore: decorator
@inline
export function isOccupied(drivable: i32): bool {
  return ((<i32>load<u8>(occupiedBits + <usize>(drivable >> 3)) >> (drivable & 7)) & 1) != 0
}

/** The rearmost vehicle of a drivable, or `NONE`. */
// @ts-ignore: decorator
@inline
export function lastOn(drivable: i32): i32 {
  if (!isOccupied(drivable)) return C.NONE
  const list = listOf(drivable)
  return vehicleIn(list, countIn(list) - 1)
}

/** The foremost vehicle of a drivable, or `NONE`. */
// @ts-ignore: decorator
@inline
export function firstOn(drivable: i32): i32 {
  return isOccupied(drivable) ? vehicleIn(listOf(drivable), 0) : C.NONE
}

/**
 * Notes that a lane link has, or may soon have, a vehicle on it that others must look out for in this step. What was
 * noted 256 steps ago looks the same; it costs a look and changes nothing.
 */
// @ts-ignore: decorator
@inline
export function claim(link: i32, step: i32): void {
  store<u8>(claims + <usize>link, <u8>step)
}

// @ts-ignore: decorator
@inline
export function isClaimed(link: i32, step: i32): bool {
  return load<u8>(claims + <usize>link) == <u8>step
}
