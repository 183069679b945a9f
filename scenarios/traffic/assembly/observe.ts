// AssemblyScript: what signals see, and what they are paid for.

import { column, word } from '../../../runtime/core/assembly/table'
import * as C from '../codes'
import * as W from '../words'
import { STANDING } from './vehicle'
import { at, attach, countIn, countOn, interval, isOccupied, lengthOf, listOf, maxSpeedOf, number, positionOf, speedOf, typeOf, vehicleIn } from './world'

/** Vehicles to a unit of an input. */
const UNIT: f32 = 0.1
/** Seconds of green to a unit of an input. */
const SECONDS_UNIT: f64 = 0.05

/**
 * The pressure of a phase: standing vehicles on the lanes of its movements, less those on all lanes of the roads
 * to which they lead. Right turns are no movements.
 */
export function pressure(world: usize, phase: i32): i32 {
  const queue = column(world, W.QUEUE)
  const inflow = queued(queue, column(world, W.INFLOW), column(world, W.INFLOW_FROM), phase)
  return inflow - queued(queue, column(world, W.OUTFLOW), column(world, W.OUTFLOW_FROM), phase)
}

/** Standing vehicles on the lanes of a list of lists. */
// @ts-ignore: decorator
@inline
function queued(queue: usize, lanes: usize, from: usize, list: i32): i32 {
  const end = at(from, list + 1)
  let sum = 0
  for (let i = at(from, list); i < end; i++) sum += at(queue, at(lanes, i))
  return sum
}

/** Vehicles on a lane that move and are no further from its end than they get in a decision's time. */
function approaching(world: usize, lane: i32, seconds: f64): i32 {
  if (!isOccupied(lane)) return 0
  const list = listOf(lane)
  const count = countIn(list)
  const length = lengthOf(lane)
  const limit = maxSpeedOf(lane)
  let sum = 0
  for (let i = 0; i < count; i++) {
    const vehicle = vehicleIn(list, i)
    const top = number(typeOf(vehicle), C.TYPE_MAX_SPEED)
    if (length - positionOf(vehicle) > seconds * (top < limit ? top : limit)) break
    sum += <i32>(speedOf(vehicle) >= STANDING)
  }
  return sum
}

/** Packs the observations of the signals `[from, to)`, `bytes` each, from `out`. */
export function observeSignals(world: usize, from: i32, to: i32, out: usize, bytes: i32): void {
  attach(world)
  const neighbours = word(world, W.NEIGHBOURS_SEEN)
  const block = word(world, W.BLOCK_INPUTS)
  const neighboursFrom = column(world, W.NEIGHBOURS_FROM)
  const neighbour = column(world, W.NEIGHBOURS)
  for (let signal = from; signal < to; signal++, out += <usize>bytes) {
    observeSignal(world, signal, out)
    const first = at(neighboursFrom, signal)
    const known = at(neighboursFrom, signal + 1) - first
    for (let i = 0; i < neighbours; i++) {
      const place = out + (<usize>((i + 1) * block) << 2)
      if (i < known) observeSignal(world, at(neighbour, first + i), place)
      else pad(place, 0, block)
    }
  }
}

/** One signal's own block of inputs; what it has fewer of than others is 0. */
function observeSignal(world: usize, signal: i32, out: usize): void {
  const parts = word(world, W.OBSERVED)
  const mostLanes = word(world, W.MOST_LANES)
  const mostPhases = word(world, W.MOST_PHASES)
  const entriesFrom = column(world, W.ENTRIES_FROM)
  const entries = column(world, W.ENTRIES)
  const first = at(entriesFrom, signal)
  const lanes = at(entriesFrom, signal + 1) - first
  const intersection = at(column(world, W.SIGNALS), signal)
  const firstPhase = word(world, W.FIRST_PHASE)
  const phasesFrom = at(column(world, W.PHASES_FROM), intersection) + firstPhase
  const phases = min(mostPhases, at(column(world, W.PHASES_FROM), intersection + 1) - phasesFrom)
  const seconds = <f64>word(world, W.DECISION_STEPS) * interval
  if (word(world, W.NEIGHBOURS_SEEN) > 0) {
    // It is there, as not all neighbours are.
    store<f32>(out, 1)
    out += 4
  }
  if (parts & C.OBSERVE_QUEUE) {
    const queue = column(world, W.QUEUE)
    for (let i = 0; i < lanes; i++) put(out, i, at(queue, at(entries, first + i)))
    out = pad(out, lanes, mostLanes)
  }
  if (parts & C.OBSERVE_VEHICLES) {
    for (let i = 0; i < lanes; i++) put(out, i, countOn(at(entries, first + i)))
    out = pad(out, lanes, mostLanes)
  }
  if (parts & C.OBSERVE_APPROACHING) {
    for (let i = 0; i < lanes; i++) put(out, i, approaching(world, at(entries, first + i), seconds))
    out = pad(out, lanes, mostLanes)
  }
  if (parts & C.OBSERVE_PRESSURE) {
    for (let i = 0; i < phases; i++) put(out, i, pressure(world, phasesFrom + i))
    out = pad(out, phases, mostPhases)
  }
  if (parts & C.OBSERVE_PHASE) {
    pad(out, 0, mostPhases)
    store<f32>(out + (<usize>at(column(world, W.CHOSEN), signal) << 2), 1)
    out += <usize>mostPhases << 2
  }
  if (parts & C.OBSERVE_ELAPSED) {
    store<f32>(out, <f32>(<f64>at(column(world, W.GREEN_STEPS), signal) * interval * SECONDS_UNIT))
  }
}

// @ts-ignore: decorator
@inline
function put(out: usize, index: i32, vehicles: i32): void {
  store<f32>(out + (<usize>index << 2), <f32>vehicles * UNIT)
}

/** Zeros for the inputs `[from, to)`. @returns where the next part starts */
function pad(out: usize, from: i32, to: i32): usize {
  for (let i = from; i < to; i++) store<f32>(out + (<usize>i << 2), 0)
  return out + (<usize>to << 2)
}

/** Sets what the signals `[from, to)` are paid for the time since their last decision, in `out`. */
export function paySignals(world: usize, from: i32, to: i32, out: usize, steps: i32): void {
  attach(world)
  const kind = word(world, W.REWARD)
  for (let signal = from; signal < to; signal++) {
    store<f32>(out + (<usize>signal << 2), <f32>rewardOf(world, signal, kind, <f64>steps))
  }
}

function rewardOf(world: usize, signal: i32, kind: i32, steps: f64): f64 {
  const entriesFrom = column(world, W.ENTRIES_FROM)
  const first = at(entriesFrom, signal)
  const last = at(entriesFrom, signal + 1)
  const entries = column(world, W.ENTRIES)
  const lanes = <f64>(last - first)
  if (kind == C.REWARD_PRESSURE) {
    const exitsFrom = column(world, W.EXITS_FROM)
    const exits = column(world, W.EXITS)
    let sum = 0
    for (let i = first; i < last; i++) sum += countOn(at(entries, i))
    for (let i = at(exitsFrom, signal); i < at(exitsFrom, signal + 1); i++) sum -= countOn(at(exits, i))
    return -(<f64>abs(sum)) / lanes
  }
  if (kind == C.REWARD_WAITING) {
    const waited = column(world, W.WAITED)
    let sum = 0
    for (let i = first; i < last; i++) {
      const lane = at(entries, i)
      for (let k = 0; k < countOn(lane); k++) sum += at(waited, vehicleIn(listOf(lane), k))
    }
    return (-(<f64>sum) * interval) / (60 * lanes)
  }
  const sums = column(world, kind == C.REWARD_QUEUE ? W.QUEUE_STEPS : W.PASSED)
  let sum = 0
  for (let i = first; i < last; i++) {
    const address = sums + (<usize>at(entries, i) << 2)
    sum += load<i32>(address)
    store<i32>(address, 0)
  }
  return kind == C.REWARD_QUEUE ? -(<f64>sum) / (steps * lanes) : <f64>sum / lanes
}
