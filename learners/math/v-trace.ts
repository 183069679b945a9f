import { NO_ACTION } from '../../runtime/core/experience.ts'

/** Decisions of several agents, R rows: an agent's next decision is a later row. */
export interface Trajectories {
  /** [R] `NO_ACTION` where a segment ends and its episode goes on. */
  readonly action: Uint16Array
  /** [R] row of the same agent's next decision, −1 when it terminated. */
  readonly next: Int32Array
  readonly reward: Float32Array
  /** [R] V(o) of the critic that learns. */
  readonly value: Float32Array
  /** [R] π(a | o) / μ(a | o): the policy that learns over the one that acted. */
  readonly ratio: Float32Array
}

export interface VTrace {
  /** [R] what the critic is to say; its own value in rows without an action. */
  readonly target: Float32Array
  /** [R] how much better the action was than the critic says; 0 in rows without an action. */
  readonly advantage: Float32Array
  /** [R] ρ, by which a policy gradient weighs it; 0 in rows without an action. */
  readonly weight: Float32Array
}

/**
 * V-trace: multi-step targets that stay right when a policy a little older than the one that learns chose the actions.
 *
 *   δ_t = ρ_t (r_t + γ V_{t+1} − V_t),   ρ_t = min(1, π/μ),   c_t = λ min(1, π/μ)    (eq. 1, remark 2)
 *   v_t = V_t + δ_t + γ c_t (v_{t+1} − V_{t+1})                                      (remark 1)
 *   A_t = r_t + γ v_{t+1} − V_t, weighed by ρ_t                                      (§4.2)
 *
 * with v = V = 0 behind a termination, and v = V where a segment ends and its episode goes on. With π = μ, v_t is the
 * λ-return, and v_t − V_t generalised advantage estimation.
 *
 * @param lambda in [0, 1]
 * @see Espeholt et al., "IMPALA", ICML 2018; Schulman et al., "High-dimensional continuous control using generalized
 *      advantage estimation", ICLR 2016
 */
export function vTrace(
  { action, next, reward, value, ratio }: Trajectories,
  gamma: number,
  lambda: number,
): VTrace {
  const target = Float32Array.from(value)
  const advantage = new Float32Array(action.length)
  const weight = new Float32Array(action.length)
  for (let t = action.length - 1; t >= 0; t--) {
    if (action[t] === NO_ACTION) continue
    const after = next[t]!
    const nextValue = after < 0 ? 0 : value[after]!
    const nextTarget = after < 0 ? 0 : target[after]!
    const rho = Math.min(1, ratio[t]!)
    const delta = rho * (reward[t]! + gamma * nextValue - value[t]!)
    target[t] = value[t]! + delta + gamma * lambda * rho * (nextTarget - nextValue)
    advantage[t] = reward[t]! + gamma * nextTarget - value[t]!
    weight[t] = rho
  }
  return { target, advantage, weight }
}
