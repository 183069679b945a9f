/**
 * Networked actor-critic: every agent has a policy and a critic of its own, and passes its critic on to its neighbours.
 *
 * Agent i learns from its own experience alone. Its policy θ_i and its critic w_i are networks that share nothing, and
 *
 *   w̃_i = w_i − β ∇ (v − V(o; w_i))²,   w_i ← Σ_j c_ij w̃_j
 *   θ_i ← θ_i + β ∇ [ ρ A log π(a | o; θ_i) + c_H H(π(· | o; θ_i)) ]
 *
 * with c the Metropolis weights of a graph that is drawn anew for each update, and targets v, advantages A and weights ρ of V-trace, as
 * in independent actor-critic, `iac.ts`. What critics have seen spreads over the graph; policies, and what agents do,
 * stay theirs. Without neighbours (`--degree 0`) it is independent actor-critic with networks of each agent's own.
 *
 * In the paper all agents see the state and everybody's action, and critics come to agree on the mean of all rewards. Here an agent
 * sees its own observation and is paid its own reward: critics come to agree on what such an observation is worth to any of them.
 * Steps are Adam's and of one size, where the paper asks for actors that are much slower than critics; and returns are discounted,
 * where its are averages. An agent that is dead goes on to pass its critic on.
 *
 * @see Zhang, Yang, Liu, Zhang, Başar, "Fully decentralized multi-agent reinforcement learning with networked agents", ICML 2018;
 *      Espeholt et al. 2018
 */
import type { AnyAlgorithm } from '../../runtime/core/learner.ts'
import { defineNetworked } from './networked.ts'

export const netac: AnyAlgorithm = defineNetworked(
  'netac',
  'networked actor-critic: a policy for each agent, and a critic that it passes on to neighbours',
  'apart',
  'critic',
)
