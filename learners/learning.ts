/**
 * What learners are made of. Loads TensorFlow.js: to be imported by an algorithm's `create` alone, which only the learner's process
 * calls.
 *
 *     const { OffPolicyLearner, tf } = await import('manyfold/learning')
 */

export { type DecisionBatch, splitOutputs, updateActorCritic } from './algorithms/actor-critic-update.ts'
export {
  actionValues,
  type JointRows,
  type QNetworks,
  type QObjective,
  type StateValue,
  type TransitionBatch,
  updateQ,
} from './algorithms/q-update.ts'
export { ClippedDescent, type Descent } from './descent.ts'
export { factorisedValue, greedyJointAction } from './math/factorised.ts'
export { clipByGlobalNorm, lossAndGradients } from './math/gradients.ts'
export { Grouping } from './math/grouping.ts'
export {
  clippedSurrogate,
  entropyOf,
  logProbabilityOf,
  type PolicyLoss,
  policyGradient,
  standardized,
} from './math/policy-loss.ts'
export { bootstrapTarget, doubleQValue, meanFieldValue, valueOfAction } from './math/q-targets.ts'
export { type Trajectories, type VTrace, vTrace } from './math/v-trace.ts'
export { type Communication, NetworkedDescent } from './networked-descent.ts'
export { NetworkSet, type TrainedNetwork } from './networks/network-set.ts'
export { Observations } from './networks/observations.ts'
export { ValueNetwork } from './networks/value-network.ts'
export { type ObjectiveOf, OffPolicyLearner } from './off-policy.ts'
export { OnPolicyLearner } from './on-policy.ts'
export { Adam } from './optimizer.ts'
export { type JointSample, Replay, type Sample } from './replay/replay.ts'
export { type Experience, SegmentQueue } from './replay/segment-queue.ts'
export { tf } from './tf.ts'
