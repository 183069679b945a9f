// AssemblyScript: how fast vehicles go on whose speed depends on changes of lanes, and what becomes of these changes.
//
// CityFlow moves vehicles one after another, and a change that is over forgets whom it concerned at once: those who
// come later in the order of priorities see it so, those before do not. Whether a change is over can depend on one
// that was over before it, and so on, but only by ever lower priorities. Each speed is therefore worked out from what
// `drive` found for all, on any thread and in any order.
//
// @see CityFlow 81ee0f4, Engine::vehicleControl, vehicle/lanechange.cpp

import { column } from '../../../runtime/core/assembly/table'
import * as C from '../codes'
import * as W from '../words'
import { move } from './step'
import { freeSlot } from './spawn'
import { brakingDistance, greater, lesser, noCollisionSpeed } from './vehicle'
import {
  add,
  at,
  attach,
  drivableOf,
  increase,
  interval,
  lengthOf,
  nextLinkOf,
  number,
  numberAt,
  positionOf,
  priorityOf,
  put,
  putNumber,
  speedOf,
  typeOf,
} from './world'

/** Of a vehicle that need not make room for anybody. */
const NO_LIMIT: f64 = 100
/** Sideways speed: this share of the speed, and at least so many m/s. */
const SIDEWAYS: f64 = 0.2
const LEAST_SIDEWAYS: f64 = 1

/** Next speeds and places of those who were left out before. Range: `deferred`. */
export function settle(world: usize, from: i32, to: i32): void {
  attach(world)
  const deferred = column(world, W.DEFERRED)
  const partners = column(world, W.PARTNER)
  const isShadow = column(world, W.IS_SHADOW)
  for (let i = from; i < to; i++) {
    const vehicle = at(deferred, i)
    const partner = at(partners, vehicle)
    if (partner < 0) advance(world, vehicle, nextSpeed(world, vehicle, priorityOf(vehicle)))
    else if (at(isShadow, vehicle) != 0) settleShadow(world, partner, vehicle)
    else settleOriginal(world, vehicle, partner)
  }
}

function settleOriginal(world: usize, original: i32, shadow: i32): void {
  const next = pairSpeed(world, original, shadow)
  const offset = nextOffset(world, original, next)
  advance(world, original, next)
  const isDone = isOver(world, original, shadow, next, offset)
  if (isDone) put(column(world, W.TARGET), original, C.CHANGES)
  const remains = isDone || !isGivenUp(original, shadow, next)
  putNumber(column(world, W.NEXT_OFFSET), original, remains ? offset : 0)
}

function settleShadow(world: usize, original: i32, shadow: i32): void {
  const next = pairSpeed(world, original, shadow)
  const offset = nextOffset(world, original, next)
  advance(world, shadow, next)
  if (isOver(world, original, shadow, next, offset) || !isGivenUp(original, shadow, next)) return
  put(column(world, W.TARGET), shadow, C.SHADOW_ENDS)
}

/** Metres that a vehicle goes on in the step. */
// @ts-ignore: decorator
@inline
export function distanceOf(type: usize, speed: f64, next: f64): f64 {
  return next < 0 ? brakingDistance(type, speed) : ((speed + next) * interval) / 2
}

function advance(world: usize, vehicle: i32, next: f64): void {
  const drivable = drivableOf(vehicle)
  const distance = distanceOf(typeOf(vehicle), speedOf(vehicle), next)
  putNumber(column(world, W.NEXT_SPEED), vehicle, next < 0 ? 0 : next)
  move(world, vehicle, drivable, positionOf(vehicle) + distance, lengthOf(drivable))
}

/** A vehicle's speed after the step, which it may have to keep down for somebody. @param turn priority when it is its turn */
function nextSpeed(world: usize, vehicle: i32, turn: i32): f64 {
  const type = typeOf(vehicle)
  const speed = speedOf(vehicle)
  const next = lesser(numberAt(column(world, W.OPEN_SPEED), vehicle), yieldSpeed(world, vehicle, type, speed, turn))
  return greater(next, speed - number(type, C.TYPE_MAX_NEG_ACC) * interval)
}

/** Speed that leaves room for the vehicle that wants to get in; one that is so near that there is none goes on. */
function yieldSpeed(world: usize, vehicle: i32, type: usize, speed: f64, turn: i32): f64 {
  const source = at(column(world, W.RECEIVED), vehicle)
  if (source < 0) return NO_LIMIT
  const isForgotten = priorityOf(source) < turn && hasChanged(world, source)
  if (!isForgotten && at(column(world, W.TARGET_LEADER), source) == vehicle) return NO_LIMIT
  const follower = isForgotten ? C.NONE : at(column(world, W.TARGET_FOLLOWER), source)
  const needed = follower < 0 ? 0 : brakingDistance(typeOf(follower), speedOf(follower))
  const gap = numberAt(column(world, W.FOLLOWER_GAP), source) - needed
  const braking = number(typeOf(source), C.TYPE_MAX_NEG_ACC)
  const limit = noCollisionSpeed(speedOf(source), braking, speed, number(type, C.TYPE_MAX_NEG_ACC), gap, 0)
  return limit < 0 ? NO_LIMIT : limit
}

/** Whether a vehicle's change of lanes is over with its turn in this step. */
function hasChanged(world: usize, vehicle: i32): bool {
  const shadow = at(column(world, W.PARTNER), vehicle)
  if (shadow < 0) return false
  const next = pairSpeed(world, vehicle, shadow)
  return isOver(world, vehicle, shadow, next, nextOffset(world, vehicle, next))
}

/** The speed of a vehicle and its shadow, which is worked out at the turn of the first of both. */
function pairSpeed(world: usize, original: i32, shadow: i32): f64 {
  const turn = min(priorityOf(original), priorityOf(shadow))
  return lesser(nextSpeed(world, original, turn), nextSpeed(world, shadow, turn))
}

function nextOffset(world: usize, original: i32, next: f64): f64 {
  const direction = <f64>at(column(world, W.WISH), original)
  const sideways = greater(SIDEWAYS * (next < 0 ? 0 : next), LEAST_SIDEWAYS) * interval
  const offset = Math.abs(numberAt(column(world, W.OFFSET), original) + sideways * direction)
  return lesser(offset, mostOffset(world, original)) * direction
}

/** Metres from the middle of a lane to that of the next. */
function mostOffset(world: usize, original: i32): f64 {
  const widths = column(world, W.WIDTH)
  const lane = drivableOf(original)
  return (numberAt(widths, lane + at(column(world, W.WISH), original)) + numberAt(widths, lane)) / 2
}

/** Whether the shadow goes on in its original's place. If it is its turn first and it leaves its lane, it never will. */
function isOver(world: usize, original: i32, shadow: i32, next: f64, offset: f64): bool {
  if (!(Math.abs(offset) >= mostOffset(world, original))) return false
  return priorityOf(original) < priorityOf(shadow) || nextLinkOf(shadow) < 0 || !isBeyond(shadow, next)
}

/**
 * Whether a change is given up. In CityFlow it is when the shadow comes to the end of its lane; when only its original
 * does, as on lanes of different lengths, CityFlow fails, and this gives it up as well.
 */
function isGivenUp(original: i32, shadow: i32, next: f64): bool {
  return isBeyond(shadow, next) || isBeyond(original, next)
}

/** Whether a vehicle comes to the end of its lane. */
function isBeyond(vehicle: i32, next: f64): bool {
  const position = positionOf(vehicle) + distanceOf(typeOf(vehicle), speedOf(vehicle), next)
  return position > lengthOf(drivableOf(vehicle))
}

/** Makes the state after the step of a vehicle that has a shadow, or is one, the present one. */
export function commitPair(world: usize, vehicle: i32, partner: i32): void {
  const partners = column(world, W.PARTNER)
  const isShadow = column(world, W.IS_SHADOW)
  const partnerTarget = at(column(world, W.TARGET), partner)
  if (at(isShadow, vehicle) == 0) {
    putNumber(column(world, W.OFFSET), vehicle, numberAt(column(world, W.NEXT_OFFSET), vehicle))
    if (partnerTarget == C.SHADOW_ENDS) put(partners, vehicle, C.NONE)
  } else if (partnerTarget == C.CHANGES) {
    put(partners, vehicle, C.NONE)
    put(isShadow, vehicle, 0)
  }
}

/** One of a pair is gone: the original whose shadow took its place, or a shadow that did not. */
export function leavePair(world: usize, vehicle: i32): void {
  const counts = column(world, W.COUNTS)
  const spawned = at(column(world, W.SPAWNED), vehicle)
  if (at(column(world, W.TARGET), vehicle) == C.SHADOW_ENDS) {
    // CityFlow takes it for a vehicle that has finished.
    increase(counts, C.ENDED_SHADOWS, 1)
    add(counts, C.FINISHED_STEPS, at(counts, C.STEP) - spawned)
  }
  increase(counts, C.SHADOWS, -1)
  add(counts, C.SPAWN_STEPS, -spawned)
  freeSlot(world, vehicle)
}
