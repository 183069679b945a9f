/**
 * CoLight: deep Q-learning with graph attention, one network for all agents of a group.
 *
 * An agent sees blocks of inputs o_j, its own (j = 0) and those of its neighbours, and learns whom of them to heed:
 *
 *   h_j = relu(… relu(o_j W_e + b_e))            embedding, every block alike
 *   e_j = (h_0 W_t) · (h_j W_s) / √d             how much j matters to the agent, in each head
 *   α_j = exp(e_j) / Σ_k exp(e_k)                its share, among those that are present
 *   m   = Σ_j α_j (h_j W_c)                      what the neighbourhood comes to, the heads side by side
 *   Q   = relu(m W_q + b_q) W_p + b_p            action values
 *
 * A neighbour's place in the list means nothing: that is what lets one network serve all junctions of a city. The rest
 * is independent Q-learning: ε-greedy behaviour and
 *
 *   y = r + γ (1 − d) Q⁻(o', argmaxₐ Q(o', a)),   L = mean (y − Q(o, a))²
 *
 * Where it differs from the paper: the target is double Q-learning's; scores are divided by √d in place of a
 * temperature; heads stand side by side, each a part of the width, where the paper takes the mean of heads of full
 * width; and W_t, W_s and W_c come with biases.
 *
 * @see Wei, Xu, Zhang, Zheng, Zang, Chen, Zhang, Zhu, Xu, Li, "CoLight: learning network-level cooperation for traffic
 *      signal control", CIKM 2019; van Hasselt, Guez, Silver 2016
 */
import { z } from 'zod'
import { type AnyAlgorithm, defineAlgorithm } from '../../runtime/core/learner.ts'
import {
  completeQLearning,
  createDoubleQ,
  epsilonAt,
  epsilonOptions,
  qLearningOptions,
  widths,
} from './q-learning.ts'
import { checkReplay } from './task-checks.ts'

const options = z.strictObject({
  embedding: widths
    .default([64, 64])
    .describe('widths of the layers that embed a block, multiples of 16; the last is that of the attention'),
  heads: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe('heads of the attention; each has a share of its width, a multiple of 4'),
  hidden: widths.default([64]).describe('widths of the layers behind the attention, multiples of 16'),
  ...qLearningOptions.shape,
  ...epsilonOptions.shape,
})

const acting = ({ embedding, heads, hidden }: z.output<typeof options>) =>
  ({
    network: { kind: 'graph-attention', embedding, heads, hidden },
    selection: 'epsilon-greedy',
    meanAction: false,
  }) as const

export const colight: AnyAlgorithm = defineAlgorithm({
  name: 'colight',
  summary: 'CoLight: Q-learning that attends to neighbours, one network shared by all agents of a group',
  options,
  complete: completeQLearning,
  acting,
  exploration: epsilonAt,
  check: checkReplay,
  create: (setup, given) => createDoubleQ(setup, acting(given), given),
})
