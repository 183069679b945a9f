/**
 * Networked policy gradient: every agent has an actor-critic of its own, and follows the gradient of all by gradient tracking.
 *
 * Agent i has the gradient g_i of its own loss, that of independent actor-critic, `iac.ts`, over its own experience, and
 *
 *   t_i ← Σ_j c_ij (t_j + g_j − g_j⁻),   θ_i ← Σ_j c_ij (θ_j − Adam(t_j))
 *
 * with c the Metropolis weights of a graph that is drawn anew for each update, and g_i⁻ the gradient of the update before. The mean of
 * all t is that of all g: agents learn one policy for all of them and nobody sees the experience of another. Every update has targets
 * of its own; trackers go on, since with one step for each they would else be nothing but gradients. Without neighbours (`--degree 0`)
 * it is independent actor-critic with a network for each agent.
 *
 * @see Qu, Li 2018, "Harnessing smoothness to accelerate distributed optimization"; the networked policy gradient of the SMARTS
 *      benchmark, Zhou et al. 2020
 */
import type { AnyAlgorithm } from '../../runtime/core/learner.ts'
import { defineNetworked } from './networked.ts'

export const netpg: AnyAlgorithm = defineNetworked(
  'netpg',
  'networked policy gradient: an actor-critic for each agent, agreed on by gradient tracking',
  'head',
  'tracking',
)
