import { type Random, Stream, toUniform } from '../../runtime/core/rng.ts'

/** Two agents that are neighbours. */
export type Edge = readonly [a: number, b: number]

/**
 * The communication graph of a round: every two agents are neighbours with the probability at which an agent has `degree` of them
 * on average, whatever they were in other rounds.
 *
 * @param degree all are neighbours where it reaches N − 1
 * @param round  by which the draws are told apart
 * @see Zhang, Yang, Liu, Zhang, Başar, "Fully decentralized multi-agent reinforcement learning with networked agents", ICML 2018
 */
export function randomGraph(agents: number, degree: number, round: number, random: Random): Edge[] {
  const probability = degree / (agents - 1)
  const edges: Edge[] = []
  let pair = 0
  for (let a = 0; a < agents; a++) {
    for (let b = a + 1; b < agents; b++, pair++) {
      if (pair % 4 === 0) random.draw(Stream.communication, round, pair)
      if (toUniform(random.words[pair % 4]!) < probability) edges.push([a, b])
    }
  }
  return edges
}

/**
 * Metropolis weights of a graph, [N, N]: symmetric and doubly stochastic, whatever the graph is, so that averaging with neighbours
 * leaves the mean of all where it is.
 *
 *   c_ij = 1 / (1 + max(deg_i, deg_j)) for neighbours,   c_ii = 1 − Σ_{j ≠ i} c_ij
 *
 * An agent needs no more for it than its own degree and its neighbours'.
 *
 * @see Xiao, Boyd, Lall 2006, "Distributed average consensus with time-varying Metropolis weights"
 */
export function metropolisWeights(agents: number, edges: readonly Edge[]): Float64Array {
  const degree = new Uint32Array(agents)
  for (const edge of edges) for (const agent of edge) degree[agent]!++
  const weights = new Float64Array(agents * agents)
  for (const [a, b] of edges) {
    const weight = 1 / (1 + Math.max(degree[a]!, degree[b]!))
    weights[a * agents + b] = weight
    weights[b * agents + a] = weight
  }
  for (let agent = 0; agent < agents; agent++) {
    const row = weights.subarray(agent * agents, (agent + 1) * agents)
    row[agent] = 1 - row.reduce((sum, weight) => sum + weight, 0)
  }
  return weights
}

/** Columns that are mixed at a time: those of some dozens of agents stay in a core's cache. */
const BLOCK = 2048

/**
 * x_i ← Σ_j c_ij x_j for all agents at once, between the columns `from` and `to` of theirs.
 *
 * @param weights c, [N, N]
 * @param x       [N, P]
 */
export function mix(weights: Float64Array, x: Float32Array, from = 0, to = Infinity): void {
  const agents = Math.sqrt(weights.length)
  const size = x.length / agents
  const end = Math.min(to, size)
  const before = new Float32Array(agents * BLOCK)
  for (let start = from; start < end; start += BLOCK) {
    const columns = Math.min(BLOCK, end - start)
    for (let j = 0; j < agents; j++) {
      before.set(x.subarray(j * size + start, j * size + start + columns), j * BLOCK)
    }
    for (let i = 0; i < agents; i++) {
      const own = i * size + start
      const share = weights[i * agents + i]!
      for (let k = 0; k < columns; k++) x[own + k]! *= share
      for (let j = 0; j < agents; j++) {
        const weight = weights[i * agents + j]!
        if (weight === 0 || j === i) continue
        const other = j * BLOCK
        for (let k = 0; k < columns; k++) x[own + k]! += weight * before[other + k]!
      }
    }
  }
}

/**
 * Gradient tracking: from the gradients of their own losses agents come to follow that of all, t_i → 1/N Σ_j g_j.
 *
 *   t_i ← Σ_j c_ij (t_j + g_j − g_j⁻)
 *
 * The mean of all t is that of all g in every round, if it was at first. Where agents pass on t alone, t_i ← Σ_j c_ij t_j + g_i − g_i⁻,
 * a step has all of the noise of the agent's own batch; passed on with it, that is averaged first.
 *
 * @param tracker  t, [N, P]
 * @param gradient g, [N, P]
 * @param before   g⁻, the gradient of the round before
 * @see Qu, Li 2018, "Harnessing smoothness to accelerate distributed optimization"; Xu, Zhu, Soh, Xie 2015 for this order of adding
 *      and averaging
 */
export function track(
  weights: Float64Array,
  tracker: Float32Array,
  gradient: Float32Array,
  before: Float32Array,
): void {
  for (let k = 0; k < tracker.length; k++) tracker[k]! += gradient[k]! - before[k]!
  mix(weights, tracker)
}
