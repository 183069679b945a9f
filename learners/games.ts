/**
 * Games, their equilibria, and how learners move in them, as pure functions of payoffs. Loads no compute backend.
 *
 *     import { epsilonOf, findEquilibrium, loadGame, Random, seedKey } from 'manyfold/games'
 *
 *     const game = loadGame('rock-paper-scissors')
 *     const { profile } = findEquilibrium(game, new Random(seedKey(0)))
 *     console.log(profile, epsilonOf(game, profile))
 */
export {
  type DifferentialGame,
  type Point,
  ROTATIONAL_GAME,
} from '../runtime/core/games/differential-game.ts'
export { type Economy, economy, equilibrium, welfareOf } from '../runtime/core/games/economy-equilibrium.ts'
export { gameNames, loadGame } from '../runtime/core/games/load-game.ts'
export {
  actionPayoffs,
  bimatrix,
  epsilonOf,
  expectedPayoff,
  exploitability,
  isZeroSum,
  type NormalFormGame,
  normalForm,
  type Profile,
  regrets,
} from '../runtime/core/games/normal-form.ts'
export { federalTax, flatTax, socialWelfare } from '../runtime/core/games/one-step-economy.ts'
export { GAME_KINDS, type GameKind, randomGame } from '../runtime/core/games/random-games.ts'
export {
  augmentedPayoffs,
  CONSTRAINED,
  type GridPayoffs,
} from '../runtime/core/games/repeated-bimatrix.ts'
export { Random, seedKey } from '../runtime/core/rng.ts'
export { minimise } from './games/cma-es.ts'
export {
  differentialMatrl,
  extragradient,
  gradientDescent,
  lookAhead,
} from './games/differential-game.ts'
export { type Equilibria, type Equilibrium, findEquilibria, findEquilibrium } from './games/equilibria.ts'
export {
  agentAdvSearch,
  newLogits,
  newSearchers,
  SEARCH_DEFAULTS,
  type Searchers,
  type SearchSettings,
} from './games/ermas/agent-adv-search.ts'
export { freshOutcomes, type Training, trainPlanner } from './games/ermas/augmented-bimatrix.ts'
export { robustRate, worstWithin } from './games/ermas/one-step-economy.ts'
export { repeatedBimatrix } from './games/ermas/repeated-bimatrix.ts'
export { type StochasticGame, stochasticGame } from './games/ermas/stochastic-game.ts'
export { fictitiousPlay } from './games/fictitious-play.ts'
export { iga } from './games/iga.ts'
export { igaPp } from './games/iga-pp.ts'
export { lemkeHowson } from './games/lemke-howson.ts'
export { exactValues, type IteratedGame, lolaStep, type MemoryOne, probabilities } from './games/lola.ts'
export { minimiseLyapunov } from './games/lyapunov.ts'
export { type MatrlOptions, matrlMatrix, matrlMatrixAsPublished } from './games/matrl-matrix.ts'
export { type Improvements, keepInEquilibrium, metaGame, responseWeights } from './games/meta-game.ts'
export { type Minimax, minimax } from './games/minimax.ts'
export { chooseAction, climb, createHillClimber } from './games/phc.ts'
export { pureEquilibria } from './games/pure-equilibria.ts'
export { supportEnumeration } from './games/support-enumeration.ts'
export { type Dynamics, stepsToEquilibrium, twoByTwoEquilibria } from './games/two-by-two.ts'
export { wolfIga } from './games/wolf-iga.ts'
