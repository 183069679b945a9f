/** What algorithms that keep tables have in common. */
import { z } from 'zod'
import { RuntimeError } from '../../runtime/core/errors.ts'
import type { ActingSpec, LearningTask } from '../../runtime/core/learner.ts'
import { otherDefault } from './other-default.ts'
import { epsilonOptions } from './q-learning.ts'
import { refuseUnevenNetworks } from './task-checks.ts'

/** Options of all of them. */
export const tabularOptions = z.strictObject({
  gamma: z.number().min(0).max(1).default(0.95).describe('discount of the next decision'),
  learningRate: z
    .number()
    .positive()
    .max(1)
    .default(0.1)
    .describe('α: share of the way that a value goes to its target, the first time'),
  rateDecay: z
    .number()
    .min(0)
    .default(0)
    .describe('κ: α falls as 1 / (1 / α + κ n), with the n updates that the entry had before; 0, it stays'),
  ...epsilonOptions.shape,
})

/** Options of Q-learning over joint actions: rates that fall, since deterministic games are learned exactly by them. */
export const jointOptions = tabularOptions.extend({
  learningRate: otherDefault(tabularOptions.shape.learningRate, 1),
  rateDecay: otherDefault(tabularOptions.shape.rateDecay, 0.02),
})

const TABLE = {
  network: { kind: 'perceptron', hidden: [] },
  meanAction: false,
  perAgent: true,
} as const

/** Outputs are values of actions. */
export const valueActing: ActingSpec = { ...TABLE, selection: 'epsilon-greedy' }

/** Outputs are logarithms of probabilities. */
export const mixedActing: ActingSpec = { ...TABLE, selection: 'boltzmann', isMixed: true }

/** Entries of all tables. */
const MOST_ENTRIES = 2 ** 24

/**
 * Of algorithms that give each agent a table over what it sees.
 *
 * @throws ERR_CONFIG_INVALID for observations that are no single one-hot input
 */
export function refuseOtherStates(algorithm: string, task: LearningTask): void {
  const { inputs, hotSlots, scalars, cells, shared } = task.network.space
  const seen = [
    hotSlots !== 1 && `${hotSlots} inputs that can be 1 at once`,
    scalars.length > 0 && `${scalars.length} scalars`,
    cells > 0 && `a view of ${cells} cells`,
    shared > 0 && `${shared} shared inputs`,
  ].filter(Boolean)
  if (seen.length > 0) {
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      `--algorithm: ${algorithm} has a table over states, and expected observations of which one input is 1, got ` +
        `${seen.join(' and ')}; take a scenario such as matrix-game, or --algorithm idqn`,
      { details: { inputs, hotSlots, scalars: scalars.length, cells, shared } },
    )
  }
  refuseUnevenNetworks(algorithm, task)
}

/**
 * Of algorithms that have tables over joint actions.
 *
 * @throws ERR_CONFIG_INVALID for one player, and for too many joint actions
 */
export function refuseOtherGames(algorithm: string, task: LearningTask): void {
  refuseOtherStates(algorithm, task)
  const players = task.agents[0]!
  const { space, outputs } = task.network
  if (players < 2) {
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      `--algorithm: ${algorithm} expected two or more players in a group, got ${players}; take --algorithm tabular-q`,
    )
  }
  const entries = players * space.inputs * outputs ** players
  if (entries <= MOST_ENTRIES) return
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `--algorithm: ${algorithm} has tables over joint actions, and expected at most ${MOST_ENTRIES} entries, got ` +
      `${players} players × ${space.inputs} states × ${outputs}^${players} = ${entries}; take --algorithm tabular-q`,
    { details: { players, states: space.inputs, actions: outputs, entries } },
  )
}

/** @throws ERR_CONFIG_INVALID for a game that is not of two, or not zero-sum */
export function refuseOtherThanZeroSum(algorithm: string, { agents, isZeroSum }: LearningTask): void {
  if (agents[0] !== 2) {
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      `--algorithm: ${algorithm} is for games of two players, got one of ${agents[0]}; take --algorithm nash-q`,
      { details: { agents } },
    )
  }
  if (isZeroSum) return
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `--algorithm: ${algorithm} is for zero-sum games, in which one is paid what the other loses, and the scenario does not say that ` +
      'this is one; take --algorithm nash-q',
  )
}
