import {
  findEquilibrium,
  igaPp,
  loadGame,
  Random,
  seedKey,
  stepsToEquilibrium,
  twoByTwoEquilibria,
} from 'manyfold/games'

const game = loadGame('matching-pennies')
/** Half and half, for both. */
export const { profile } = findEquilibrium(game, new Random(seedKey(0)))

const dynamics = igaPp(game, { step: 0.02, prediction: 0.02, projected: true })
const criterion = { within: 0.05, horizon: 5000 }
/** Of gradient ascent with policy prediction from 0.9 and 0.2: 627. */
export const steps = stepsToEquilibrium(dynamics, [0.9, 0.2], twoByTwoEquilibria(game), criterion)
