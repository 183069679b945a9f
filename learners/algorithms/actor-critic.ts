import { z } from 'zod'
import type { ActingSpec, Learner, LearnerSetup } from '../../runtime/core/learner.ts'
import type { NetworkShape } from '../../runtime/core/network.ts'
import type { PolicyLoss } from '../math/policy-loss.ts'
import type { Communication } from '../networked-descent.ts'
import { networkOptions } from './q-learning.ts'

/** Options that all actor-critics share. */
export const actorCriticOptions = z.strictObject({
  gamma: z.number().min(0).max(1).default(0.95).describe('discount of the next step'),
  lambda: z
    .number()
    .min(0)
    .max(1)
    .default(0.8)
    .describe('how far returns trust rewards over the critic: 0 one step, 1 the whole segment'),
  learningRate: z.number().positive().max(1).default(1e-3).describe("Adam's step size"),
  batchSize: z
    .number()
    .int()
    .min(1)
    .max(65_536)
    .default(256)
    .describe(
      'least transitions of one update; segments are taken whole, so that a large one is one update of all its rows',
    ),
  valueCoefficient: z.number().min(0).default(0.5).describe("weight of the critic's squared error"),
  entropyCoefficient: z.number().min(0).default(0.08).describe("weight of the policy's entropy"),
  gradientClip: z.number().positive().default(10).describe('largest global norm of a gradient'),
  normalizeValues: z
    .boolean()
    .default(false)
    .describe('the critic learns returns less their running mean, over their running deviation'),
})

export type ActorCriticOptions = z.output<typeof actorCriticOptions>

/** Those of actor-critics that leave the choice of the network to the user. */
export const independentOptions = z.strictObject({ ...networkOptions.shape, ...actorCriticOptions.shape })

/** How often the experience of an update is gone through, and in how many parts. */
export interface Passes {
  readonly epochs: number
  readonly minibatches: number
}

export const ONE_PASS: Passes = { epochs: 1, minibatches: 1 }

/** A softmax policy and its critic, one network with an output for each action and one more. */
export function actorCriticActing(network: NetworkShape, meanAction = false): ActingSpec {
  return { network, selection: 'boltzmann', meanAction, critic: 'head' }
}

/** The network of the user's choice. */
export function shapeOf({ network, hidden }: z.output<typeof networkOptions>): NetworkShape {
  return { kind: network, hidden }
}

/** The softmax is the policy itself: its temperature is 1. */
export function softmaxTemperature(): number {
  return 1
}

/**
 * @param lossOf        imported with TensorFlow.js, which a process that does not learn must not load
 * @param communication of agents that have networks of their own
 */
export async function createActorCritic(
  setup: LearnerSetup,
  acting: ActingSpec,
  options: ActorCriticOptions,
  lossOf: (losses: typeof import('../math/policy-loss.ts')) => PolicyLoss,
  passes: Passes = ONE_PASS,
  communication?: Communication,
): Promise<Learner> {
  const losses = await import('../math/policy-loss.ts')
  const { OnPolicyLearner } = await import('../on-policy.ts')
  return new OnPolicyLearner(setup, acting, options, lossOf(losses), passes, communication)
}
