import type { Selection } from '../../runtime/core/learner.ts'
import type { Random } from '../../runtime/core/rng.ts'
import { Stream, toUniform } from '../../runtime/core/rng.ts'

/** Chooses one action. @param values [at, at + count) @returns 0 … count − 1 */
export type Selector = (
  values: Float32Array,
  at: number,
  count: number,
  exploration: number,
  random: Random,
  step: number,
  agent: number,
) => number

/**
 * - `greedy`: argmax; ties are broken by the agent's draw, never by the order of actions
 * - `epsilon-greedy`: uniform with probability `exploration`, else greedy
 * - `boltzmann`: π(a) ∝ exp(Q(a) / `exploration`), the temperature
 */
export function selectorOf(selection: Selection): Selector {
  switch (selection) {
    case 'greedy':
      return selectGreedy
    case 'epsilon-greedy':
      return selectEpsilonGreedy
    case 'boltzmann':
      return selectBoltzmann
  }
}

const selectGreedy: Selector = (values, at, count, _exploration, random, step, agent) => {
  random.draw(Stream.action, step, agent)
  return argmax(values, at, count, random.words[2]!)
}

const selectEpsilonGreedy: Selector = (values, at, count, epsilon, random, step, agent) => {
  random.draw(Stream.action, step, agent)
  const { words } = random
  if (toUniform(words[0]!) < epsilon) return Math.floor(toUniform(words[1]!) * count)
  return argmax(values, at, count, words[2]!)
}

const selectBoltzmann: Selector = (values, at, count, temperature, random, step, agent) => {
  random.draw(Stream.action, step, agent)
  let highest = values[at]!
  for (let a = 1; a < count; a++) highest = Math.max(highest, values[at + a]!)
  let total = 0
  for (let a = 0; a < count; a++) total += Math.exp((values[at + a]! - highest) / temperature)
  let left = toUniform(random.words[0]!) * total
  for (let a = 0; a < count - 1; a++) {
    left -= Math.exp((values[at + a]! - highest) / temperature)
    if (left < 0) return a
  }
  return count - 1
}

function argmax(values: Float32Array, at: number, count: number, word: number): number {
  let best = 0
  let ties = 1
  for (let a = 1; a < count; a++) {
    if (values[at + a]! > values[at + best]!) {
      best = a
      ties = 1
    } else if (values[at + a]! === values[at + best]!) ties++
  }
  if (ties === 1) return best
  let skip = Math.floor(toUniform(word) * ties)
  for (let a = best; a < count; a++) {
    if (values[at + a] === values[at + best] && skip-- === 0) return a
  }
  return best
}
