import { z } from 'zod'
import type { ActingSpec, Learner, LearnerSetup } from '../../runtime/core/learner.ts'
import { HIDDEN_MULTIPLE } from '../../runtime/core/network.ts'
import { piecewiseLinear } from '../math/schedule.ts'

/** Widths of layers, as the kernels take them. */
export const widths = z
  .array(z.number().int().min(HIDDEN_MULTIPLE).max(1024).multipleOf(HIDDEN_MULTIPLE))
  .min(1)
  .max(4)

/** Options of algorithms that leave the choice of the network to the user. */
export const networkOptions = z.strictObject({
  hidden: widths
    .default([64, 64])
    .describe('widths of the hidden layers, multiples of 16; of the trunk when the network is a convolution'),
  network: z
    .enum(['perceptron', 'convolution'])
    .default('perceptron')
    .describe("perceptron over all inputs, fast; or the mean-field paper's convolutions over the view"),
})

/** Options that all deep Q-learners share. */
export const qLearningOptions = z.strictObject({
  gamma: z.number().min(0).max(1).default(0.95).describe('discount of the next step'),
  learningRate: z.number().positive().max(1).default(1e-3).describe("Adam's step size"),
  batchSize: z.number().int().min(1).max(65_536).default(1024).describe('transitions of one update'),
  samplesPerInsert: z
    .number()
    .positive()
    .max(1000)
    .optional()
    .describe(
      'how often a transition is sampled on average: updates = transitions × this / batch size; ' +
        'default: 0.5, or 4 where only a sample of a large group is recorded',
    ),
  replayCapacity: z
    .number()
    .int()
    .min(1000)
    .max(50_000_000)
    .default(200_000)
    .describe('rows of the replay; one agent in one step is a row'),
  learningStarts: z
    .number()
    .int()
    .min(1)
    .default(5_000)
    .describe('transitions to gather before the first update'),
  priorityExponent: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('α: transitions are sampled in proportion to the α-th power of their last error; 0 uniformly'),
  importanceExponent: z
    .number()
    .min(0)
    .max(1)
    .default(0.4)
    .describe('β at the start, 1 at the end: how far the loss makes up for sampling by priority'),
  targetTau: z
    .number()
    .positive()
    .max(1)
    .default(0.01)
    .describe('share of the way the target network goes each update'),
  gradientClip: z.number().positive().default(10).describe('largest global norm of a gradient'),
})

export type QLearningOptions = z.output<typeof qLearningOptions>

/** Options of ε-greedy behaviour. */
export const epsilonOptions = z.strictObject({
  epsilonStart: z.number().min(0).max(1).default(1).describe('share of random actions at the start'),
  epsilonEnd: z.number().min(0).max(1).default(0.05).describe('share of random actions at the end'),
  epsilonFraction: z
    .number()
    .positive()
    .max(1)
    .default(0.6)
    .describe('share of the run over which epsilon falls'),
})

/** ε falls linearly over its share of the run, then stays. */
export function epsilonAt(
  { epsilonStart, epsilonEnd, epsilonFraction }: z.output<typeof epsilonOptions>,
  progress: number,
): number {
  return piecewiseLinear(
    [
      { progress: 0, value: epsilonStart },
      { progress: epsilonFraction, value: epsilonEnd },
    ],
    progress,
  )
}

const SAMPLES_PER_INSERT = 0.5
/** What is recorded of a large group is little beside what it costs to simulate it, and worth more updates. */
const SAMPLES_PER_INSERT_OF_SAMPLE = 4

/** Fills in what hangs on whether all agents are recorded. */
export function completeQLearning<T extends QLearningOptions>(
  given: T,
  isSampled: boolean,
): T & { readonly samplesPerInsert: number } {
  const standard = isSampled ? SAMPLES_PER_INSERT_OF_SAMPLE : SAMPLES_PER_INSERT
  return { ...given, samplesPerInsert: given.samplesPerInsert ?? standard }
}

/** The learner of one double-Q network that all agents of a group share. */
export async function createDoubleQ(
  setup: LearnerSetup,
  acting: ActingSpec,
  options: QLearningOptions,
): Promise<Learner> {
  // A process that does not learn must not load TensorFlow.js.
  const { doubleQValue } = await import('../math/q-targets.ts')
  const { OffPolicyLearner } = await import('../off-policy.ts')
  const { actionValues } = await import('./q-update.ts')
  const objective = actionValues(doubleQValue)
  return new OffPolicyLearner(setup, acting, options, () => objective)
}
