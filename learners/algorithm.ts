/**
 * What the module of an algorithm needs while nobody learns, and no compute backend. Every process of a run imports it.
 *
 *     import { defineAlgorithm, z } from 'manyfold/algorithm'
 */
export { z } from 'zod' // the one that reads the options' schema, so that there are not two
export { type ErrorCode, RuntimeError } from '../runtime/core/errors.ts'
export { NO_ACTION, type Segment } from '../runtime/core/experience.ts'
export {
  type ActingSpec,
  type Algorithm,
  type AnyAlgorithm,
  defineAlgorithm,
  type FactorSpec,
  type Learner,
  type LearnerSetup,
  type LearningTask,
  type Losses,
  networkFor,
  type Selection,
} from '../runtime/core/learner.ts'
export type { NetworkShape, NetworkSpec } from '../runtime/core/network.ts'
export type { ObservationSpace } from '../runtime/core/observation.ts'
export { Random, Stream } from '../runtime/core/rng.ts'
export type { NamedTensors } from '../runtime/core/tensors.ts'
export {
  type ActorCriticOptions,
  actorCriticActing,
  actorCriticOptions,
  createActorCritic,
  independentOptions,
  type Passes,
  shapeOf,
  softmaxTemperature,
} from './algorithms/actor-critic.ts'
export {
  completeQLearning,
  epsilonAt,
  epsilonOptions,
  networkOptions,
  type QLearningOptions,
  qLearningOptions,
  widths,
} from './algorithms/q-learning.ts'
export { checkReplay, checkSegments, refuseSample } from './algorithms/task-checks.ts'
export { piecewiseLinear } from './math/schedule.ts'
