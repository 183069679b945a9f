// AssemblyScript: how fast a vehicle goes on, from what it and the vehicles around it did in the last step.
//
// All formulas are those of CityFlow 81ee0f4, vehicle/vehicle.cpp, in the same order of operations, so that results
// are the same to the last bit.

import * as C from '../codes'
import { interval, number, speedOf } from './world'

/** Speed limit on lane links that turn, m/s. */
export const TURN_SPEED: f64 = 8.3333
/** Metres before a crossing where a vehicle that gives way stops. */
export const YIELD_DISTANCE: f64 = 5
/** Who is slower than this, m/s, stands. */
export const STANDING: f64 = 0.1
/** Keeps a standing vehicle's time to stop finite. */
const EPSILON: f64 = 1e-8
const TOO_CLOSE: f64 = -100

/** As CityFlow's `min2double`: the second one when either is no number. */
// @ts-ignore: decorator
@inline
export function lesser(x: f64, y: f64): f64 {
  return x < y ? x : y
}

// @ts-ignore: decorator
@inline
export function greater(x: f64, y: f64): f64 {
  return x > y ? x : y
}

/** Metres in which a vehicle comes to a halt when it brakes as hard as it can. */
// @ts-ignore: decorator
@inline
export function brakingDistance(type: usize, speed: f64): f64 {
  return (0.5 * speed * speed) / number(type, C.TYPE_MAX_NEG_ACC)
}

/**
 * The highest speed at the end of the step from which a follower can still stop `targetGap` behind a leader that
 * brakes from now on; negative when there is none.
 */
// @ts-ignore: decorator
@inline
export function noCollisionSpeed(
  leaderSpeed: f64,
  leaderBraking: f64,
  speed: f64,
  braking: f64,
  gap: f64,
  targetGap: f64,
): f64 {
  const c = (speed * interval) / 2 + targetGap - (0.5 * leaderSpeed * leaderSpeed) / leaderBraking - gap
  const a = 0.5 / braking
  const b = 0.5 * interval
  if (b * b < 4 * a * c) return TOO_CLOSE
  const stopping = (0.5 / a) * (Math.sqrt(b * b - 4 * a * c) - b)
  const following = 2 * leaderSpeed - leaderBraking * interval + (2 * (gap - targetGap)) / interval
  return lesser(stopping, following)
}

/** Speed behind a leader. @param wanted speed asked for from outside, or NaN */
export function followingSpeed(type: usize, speed: f64, leaderType: usize, leaderSpeed: f64, gap: f64, wanted: f64): f64 {
  const braking = number(type, C.TYPE_MAX_NEG_ACC)
  const safe = noCollisionSpeed(leaderSpeed, number(leaderType, C.TYPE_MAX_NEG_ACC), speed, braking, gap, 0)
  if (wanted == wanted) return lesser(wanted, safe)
  const assumed = speed > leaderSpeed ? speed - leaderSpeed : 0
  const usual = noCollisionSpeed(
    leaderSpeed,
    number(leaderType, C.TYPE_USUAL_NEG_ACC),
    speed,
    number(type, C.TYPE_USUAL_NEG_ACC),
    gap,
    number(type, C.TYPE_MIN_GAP),
  )
  const headway =
    (gap + (leaderSpeed + assumed / 2) * interval - (speed * interval) / 2) /
    (number(type, C.TYPE_HEADWAY) + interval / 2)
  return lesser(lesser(safe, usual), headway)
}

/** Speed of a vehicle that is to stand after `distance` metres. */
export function stoppingSpeed(type: usize, speed: f64, distance: f64): f64 {
  const faster = speed + number(type, C.TYPE_USUAL_POS_ACC) * interval
  const afterwards =
    ((speed + faster) * interval) / 2 + (faster * faster) / number(type, C.TYPE_USUAL_NEG_ACC) / 2
  if (afterwards < distance) return faster
  const steps = (2 * distance) / (speed + EPSILON) / interval
  return steps >= 1 ? speed - speed / wholeSteps(steps) : speed - speed / steps
}

/** A 32-bit integer of CityFlow: what does not fit becomes the least one. */
// @ts-ignore: decorator
@inline
function wholeSteps(steps: f64): f64 {
  return steps < 2147483648 ? Math.trunc(steps) : -2147483648
}

/** Whether a vehicle can still give way at a crossing. @param distance to it, negative once its front is past */
// @ts-ignore: decorator
@inline
export function canYield(type: usize, speed: f64, distance: f64): bool {
  return (
    (distance > 0 && brakingDistance(type, speed) < distance - YIELD_DISTANCE) ||
    (distance < 0 && distance + number(type, C.TYPE_LENGTH) < 0)
  )
}

/** Steps in which a vehicle gets to a crossing `distance` metres ahead. */
export function reachSteps(vehicle: i32, type: usize, distance: f64, isTurn: bool): f64 {
  if (distance <= 0) return 0
  const speed = speedOf(vehicle)
  const target = isTurn ? TURN_SPEED : number(type, C.TYPE_MAX_SPEED)
  const acceleration = number(type, C.TYPE_USUAL_POS_ACC)
  // CityFlow does not divide by the length of a step here.
  if (speed > target) return Math.ceil(distance / speed)
  const accelerating = accelerationDistance(speed, target, acceleration)
  if (accelerating > distance) {
    return Math.ceil((Math.sqrt(speed * speed + 2 * acceleration * distance) - speed) / acceleration / interval)
  }
  return (
    Math.ceil((target - speed) / acceleration / interval) + Math.ceil((distance - accelerating) / target / interval)
  )
}

/** Metres that it takes to come to a speed, by whole steps. CityFlow divides by the length of a step to get a speed. */
// @ts-ignore: decorator
@inline
function accelerationDistance(speed: f64, target: f64, acceleration: f64): f64 {
  if (target <= speed) return 0
  const steps = Math.floor((target - speed) / acceleration / interval)
  const reached = speed + (steps * acceleration) / interval
  const distance = ((speed + reached) * (steps * interval)) / 2
  return distance + (reached < target ? ((reached + target) * interval) / 2 : 0)
}
