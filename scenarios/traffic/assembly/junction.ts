// AssemblyScript: who goes first where lane links cross, merge or fan out.
//
// CityFlow enters, in each step, at every crossing of every lane link the vehicle that claims it. Here the claim is
// worked out when somebody asks for it, and lane links that nobody can claim are passed over: `mark` notes the others.

import * as C from '../codes'
import {
  blockerOf,
  countIn,
  crossesFrom,
  drivableOf,
  endOf,
  enteredAt,
  firstOn,
  isClaimed,
  isGreen,
  lanes,
  lastOn,
  lengthOf,
  listOf,
  nextLinkOf,
  number,
  numberAt,
  positionOf,
  previousOf,
  priorityOf,
  rankOf,
  speedOf,
  startOf,
  typeOf,
  vehicleIn,
} from './world'
import { canYield, reachSteps } from './vehicle'

const RIGHT = 1
const LEFT = 2

/** The distance of the claim that `claimant` found. */
let claimDistance: f64 = 0

/**
 * The vehicle that has a claim on a crossing, `place` metres along a lane link, or `NONE`: the rearmost of the lane
 * behind it whose tail is not clear of the crossing, the foremost on the lane link that has not passed it, or the
 * foremost of the lane before it, if it may go. Sets `claimDistance`, from its front to the crossing.
 */
function claimant(link: i32, place: f64): i32 {
  const drivable = lanes + link
  const last = lastOn(endOf(link))
  if (last >= 0 && previousOf(last) == drivable) {
    const behind = lengthOf(drivable) - place
    const position = positionOf(last)
    if (behind + (position - number(typeOf(last), C.TYPE_LENGTH)) < 0) {
      claimDistance = -(position + behind)
      return last
    }
  }
  const list = listOf(drivable)
  const count = countIn(list)
  for (let i = 0; i < count; i++) {
    const vehicle = vehicleIn(list, i)
    const position = positionOf(vehicle)
    if (position > place) {
      if (position - place - number(typeOf(vehicle), C.TYPE_LENGTH) > 0) continue
      claimDistance = -(position - place)
    } else {
      claimDistance = place - position
    }
    return vehicle
  }
  const lane = startOf(link)
  const first = firstOn(lane)
  if (first >= 0 && nextLinkOf(first) == link && isGreen(link)) {
    claimDistance = lengthOf(lane) - positionOf(first) + place
    return first
  }
  return C.NONE
}

// @ts-ignore: decorator
@inline
export function isTurn(rank: i32): bool {
  return rank == RIGHT || rank == LEFT
}

/** Steps at which a vehicle came onto its lane link; those on lanes come after all others. */
// @ts-ignore: decorator
@inline
function linkEntry(vehicle: i32): i32 {
  return drivableOf(vehicle) >= lanes ? enteredAt(vehicle) : i32.MAX_VALUE
}

/** Found by `findObstacle`: whom the vehicle has to give way to, and where. */
export let obstacle: i32 = C.NONE
export let obstacleAt: f64 = 0

/**
 * Looks for the first crossing of a lane link that a vehicle may not pass, and sets `obstacle` and `obstacleAt`.
 *
 * @param front of the vehicle, in metres along the lane link; negative before it
 */
export function findObstacle(
  vehicle: i32,
  type: usize,
  link: i32,
  front: f64,
  crossFoe: usize,
  crossAt: usize,
  step: i32,
): bool {
  const rank = rankOf(link)
  const speed = speedOf(vehicle)
  const to = <usize>crossesFrom(link + 1)
  for (let i = <usize>crossesFrom(link); i < to; i++) {
    const foeLink = load<i32>(crossFoe + (i << 2))
    if (!isClaimed(foeLink, step)) continue
    const place = load<f64>(crossAt + (i << 4))
    if (place < front) continue
    const distance = place - front
    if (!canYield(type, speed, distance)) continue
    const foe = claimant(foeLink, load<f64>(crossAt + (i << 4), 8))
    if (foe < 0) continue
    const foeDistance = claimDistance
    if (!yields(vehicle, type, rank, distance, foe, rankOf(foeLink), foeDistance) || isDeadlock(foe)) continue
    obstacle = foe
    obstacleAt = place
    return true
  }
  return false
}

/** Whether a vehicle that could give way has to. */
function yields(vehicle: i32, type: usize, rank: i32, distance: f64, foe: i32, foeRank: i32, foeDistance: f64): bool {
  const foeType = typeOf(foe)
  if (!canYield(foeType, speedOf(foe), foeDistance)) return true
  if (rank > foeRank) return false
  if (foeDistance <= 0) return !(foeDistance + number(foeType, C.TYPE_LENGTH) < 0)
  const foeSteps = reachSteps(foe, foeType, foeDistance, isTurn(foeRank))
  const steps = reachSteps(vehicle, type, distance, isTurn(rank))
  if (foeSteps > steps) return false
  if (rank < foeRank || foeSteps < steps) return true
  const entry = linkEntry(vehicle)
  const foeEntry = linkEntry(foe)
  if (entry != foeEntry) return entry > foeEntry
  if (distance != foeDistance) return distance > foeDistance
  return priorityOf(vehicle) <= priorityOf(foe)
}

/** Whether those whom a vehicle waits for, and those whom they wait for, wait in a circle. */
function isDeadlock(vehicle: i32): bool {
  let slow = vehicle
  let fast = vehicle
  while (fast >= 0 && blockerOf(fast) >= 0) {
    slow = blockerOf(slow)
    fast = blockerOf(blockerOf(fast))
    if (slow == fast) return true
  }
  return false
}
