// AssemblyScript: choosing actions, with draws that hang on the episode's key, the step and the agent alone.

import { draw, word0, word1, word2, word3 } from '../../../runtime/core/assembly/philox'

/** As in runtime/core/rng.ts. */
const ACTION_STREAM = 3
const RANDOM_ACTION_STREAM = 4

const GREEDY = 0
const BOLTZMANN = 2

const TWO_POW_MINUS_32: f64 = 1 / 4294967296

// @ts-ignore: decorator
@inline
function below(count: i32, word: u32): i32 {
  return <i32>(<f64>word * TWO_POW_MINUS_32 * <f64>count)
}

/**
 * Uniformly random actions. A draw gives four words: agents of neighbouring ids share one.
 *
 * @param ids     [count] u32
 * @param actions [count] u16, written
 */
export function chooseRandomly(key: usize, step: u32, ids: usize, count: i32, actionCount: i32, actions: usize): void {
  let drawn: u32 = u32.MAX_VALUE
  for (let i = 0; i < count; i++) {
    const id = load<u32>(ids + (<usize>i << 2))
    if (id >> 2 != drawn) {
      drawn = id >> 2
      draw(key, RANDOM_ACTION_STREAM, step, drawn)
    }
    const lane = id & 3
    const word = lane < 2 ? (lane == 0 ? word0 : word1) : lane == 2 ? word2 : word3
    store<u16>(actions + (<usize>i << 1), <u16>below(actionCount, word))
  }
}

/**
 * Actions by their values.
 *
 * - greedy: the largest; ties are broken by the agent's draw, never by the order of actions
 * - epsilon-greedy: uniform with probability `exploration`, else greedy
 * - Boltzmann: π(a) ∝ exp(Q(a) / `exploration`), the temperature
 *
 * @param values  [count][rowBytes / 4] f32, of which `actionCount` are read
 * @param ids     [count] u32
 * @param scratch [actionCount] f32
 * @param actions [count] u16, written
 * @param logs    [count] f32, written: log π of each action; 0 where nobody asks for them
 */
export function choose(
  selection: i32,
  exploration: f32,
  key: usize,
  step: u32,
  ids: usize,
  count: i32,
  values: usize,
  rowBytes: usize,
  actionCount: i32,
  scratch: usize,
  actions: usize,
  logs: usize,
): void {
  if (selection == BOLTZMANN) {
    chooseSoftly(exploration, key, step, ids, count, values, rowBytes, actionCount, scratch, actions, logs)
    return
  }
  const epsilon: f32 = selection == GREEDY ? 0 : exploration
  chooseGreedily(epsilon, key, step, ids, count, values, rowBytes, actionCount, actions)
  if (logs != 0) logGreedily(epsilon, count, values, rowBytes, actionCount, actions, logs)
}

/** Epsilon-greedy; greedy with an epsilon of 0. */
function chooseGreedily(
  epsilon: f32,
  key: usize,
  step: u32,
  ids: usize,
  count: i32,
  values: usize,
  rowBytes: usize,
  actionCount: i32,
  actions: usize,
): void {
  for (let i = 0; i < count; i++, values += rowBytes) {
    draw(key, ACTION_STREAM, step, load<u32>(ids + (<usize>i << 2)))
    const isRandom = <f64>word0 * TWO_POW_MINUS_32 < <f64>epsilon
    const action = isRandom ? below(actionCount, word1) : largest(values, actionCount, word2)
    store<u16>(actions + (<usize>i << 1), <u16>action)
  }
}

function logGreedily(
  epsilon: f32,
  count: i32,
  values: usize,
  rowBytes: usize,
  actionCount: i32,
  actions: usize,
  logs: usize,
): void {
  for (let i = 0; i < count; i++, values += rowBytes) {
    const highest = highestOf(values, actionCount)
    let ties = 0
    for (let a = 0; a < actionCount; a++) ties += <i32>(load<f32>(values + (<usize>a << 2)) == highest)
    const chosen = load<f32>(values + (<usize>load<u16>(actions + (<usize>i << 1)) << 2))
    const greedy: f32 = chosen == highest ? (1 - epsilon) / <f32>ties : 0
    store<f32>(logs + (<usize>i << 2), Mathf.log(min<f32>(epsilon / <f32>actionCount + greedy, 1)))
  }
}

/** @param powers [actionCount] f32, scratch */
function chooseSoftly(
  temperature: f32,
  key: usize,
  step: u32,
  ids: usize,
  count: i32,
  values: usize,
  rowBytes: usize,
  actionCount: i32,
  powers: usize,
  actions: usize,
  logs: usize,
): void {
  for (let i = 0; i < count; i++, values += rowBytes) {
    draw(key, ACTION_STREAM, step, load<u32>(ids + (<usize>i << 2)))
    const highest = highestOf(values, actionCount)
    let total: f64 = 0
    for (let a: usize = 0; a < <usize>actionCount; a++) {
      const power = Mathf.exp((load<f32>(values + (a << 2)) - highest) / temperature)
      store<f32>(powers + (a << 2), power)
      total += power
    }
    const action = proportionally(powers, actionCount, <f64>word0 * TWO_POW_MINUS_32 * total)
    store<u16>(actions + (<usize>i << 1), <u16>action)
    if (logs == 0) continue
    const chosen = load<f32>(values + (<usize>action << 2))
    store<f32>(logs + (<usize>i << 2), (chosen - highest) / temperature - Mathf.log(<f32>total))
  }
}

function highestOf(values: usize, count: i32): f32 {
  let highest = load<f32>(values)
  for (let a = 1; a < count; a++) highest = max(highest, load<f32>(values + (<usize>a << 2)))
  return highest
}

function largest(values: usize, count: i32, word: u32): i32 {
  let best = 0
  let highest = load<f32>(values)
  let ties = 1
  for (let a = 1; a < count; a++) {
    const value = load<f32>(values + (<usize>a << 2))
    if (value > highest) {
      best = a
      highest = value
      ties = 1
    } else if (value == highest) ties++
  }
  if (ties == 1) return best
  let skip = below(ties, word)
  for (let a = best; a < count; a++) {
    if (load<f32>(values + (<usize>a << 2)) == highest && skip-- == 0) return a
  }
  return best
}

/** The action whose share of the powers `left` falls into. */
function proportionally(powers: usize, count: i32, left: f64): i32 {
  for (let a = 0; a < count - 1; a++) {
    left -= load<f32>(powers + (<usize>a << 2))
    if (left < 0) return a
  }
  return count - 1
}
