import fc from 'fast-check'
import t from 'tap'
import { type Edge, metropolisWeights, mix, randomGraph, track } from '../../../learners/math/consensus.ts'
import { Random, seedKey } from '../../../runtime/core/rng.ts'

const graphs = fc.integer({ min: 1, max: 9 }).chain((agents) =>
  fc.record({
    agents: fc.constant(agents),
    degree: fc.double({ min: 0, max: 10, noNaN: true }),
    seed: fc.nat(),
    round: fc.nat(1000),
  }),
)
const drawn = ({
  agents,
  degree,
  seed,
  round,
}: {
  agents: number
  degree: number
  seed: number
  round: number
}) => randomGraph(agents, degree, round, new Random(seedKey(seed)))

const rowOf = (x: Float32Array, agents: number, i: number) => {
  const size = x.length / agents
  return [...x.subarray(i * size, (i + 1) * size)]
}

t.test('Metropolis weights of a path of three are those computed by hand', async (t) => {
  const path: Edge[] = [
    [0, 1],
    [1, 2],
  ]
  const expected = [2 / 3, 1 / 3, 0, 1 / 3, 1 / 3, 1 / 3, 0, 1 / 3, 2 / 3]
  const far = [...metropolisWeights(3, path)].map((weight, i) => Math.abs(weight - expected[i]!))
  t.ok(Math.max(...far) < 1e-12)
  t.same([...metropolisWeights(2, [])], [1, 0, 0, 1], 'who has no neighbour keeps what it has')
})

t.test('Metropolis weights of any graph are symmetric and doubly stochastic', async () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const { agents } = graph
      const edges = drawn(graph)
      const weights = metropolisWeights(agents, edges)
      const at = (i: number, j: number) => weights[i * agents + j]!
      for (let i = 0; i < agents; i++) {
        let sum = 0
        for (let j = 0; j < agents; j++) {
          const isNear = i === j || edges.some(([a, b]) => (a === i && b === j) || (a === j && b === i))
          if (at(i, j) !== at(j, i) || at(i, j) < 0 || (!isNear && at(i, j) !== 0)) return false
          sum += at(i, j)
        }
        if (Math.abs(sum - 1) > 1e-12) return false
      }
      return true
    }),
  )
})

t.test(
  'graphs have the degree that was asked for, differ from round to round and hang on the seed',
  async (t) => {
    const graph = { agents: 40, degree: 4, seed: 3 }
    const rounds = Array.from({ length: 200 }, (_, round) => drawn({ ...graph, round }))
    const mean = rounds.reduce((sum, edges) => sum + (2 * edges.length) / 40, 0) / rounds.length
    t.ok(Math.abs(mean - 4) < 0.15, `${mean}`)
    t.equal(new Set(rounds.map((edges) => edges.join(' '))).size, 200)
    t.same(drawn({ ...graph, round: 7 }), rounds[7])
    t.not(drawn({ ...graph, seed: 4, round: 7 }).join(' '), rounds[7]!.join(' '))
    t.equal(drawn({ ...graph, degree: 39, round: 0 }).length, (40 * 39) / 2, 'all are neighbours')
    t.same(drawn({ ...graph, degree: 0, round: 0 }), [])
  },
)

t.test(
  'mixing is the weighted sum of its definition, in the columns asked for, and keeps the mean',
  async () => {
    const numbers = new Random(seedKey(1))
    fc.assert(
      fc.property(graphs, fc.integer({ min: 1, max: 5000 }), fc.nat(), fc.nat(), (graph, size, a, b) => {
        const { agents } = graph
        const weights = metropolisWeights(agents, drawn(graph))
        const [from, to] = [a % (size + 1), b % (size + 1)].sort((x, y) => x - y) as [number, number]
        const x = Float32Array.from({ length: agents * size }, (_, i) =>
          numbers.normal(70, graph.seed % 1000, i),
        )
        const mixed = x.slice()
        mix(weights, mixed, from, to)
        for (let k = 0; k < size; k++) {
          let [before, after] = [0, 0]
          for (let i = 0; i < agents; i++) {
            let sum = 0
            for (let j = 0; j < agents; j++) sum += weights[i * agents + j]! * x[j * size + k]!
            const expected = k >= from && k < to ? sum : x[i * size + k]!
            if (Math.abs(mixed[i * size + k]! - expected) > 1e-5) return false
            before += x[i * size + k]!
            after += mixed[i * size + k]!
          }
          if (Math.abs(before - after) > 1e-4) return false
        }
        return true
      }),
      { numRuns: 25 },
    )
  },
)

t.test('the mean of the trackers is that of the gradients in every round', async (t) => {
  const [agents, size] = [6, 5]
  const random = new Random(seedKey(2))
  const draw = (round: number) =>
    Float32Array.from({ length: agents * size }, (_, i) => random.normal(71, round, i))
  const meanOf = (x: Float32Array) =>
    Array.from({ length: size }, (_, k) => {
      let sum = 0
      for (let i = 0; i < agents; i++) sum += x[i * size + k]! / agents
      return sum
    })
  let before = draw(0)
  const tracker = before.slice()
  for (let round = 1; round < 20; round++) {
    const gradient = draw(round)
    track(metropolisWeights(agents, randomGraph(agents, 2, round, random)), tracker, gradient, before)
    before = gradient
    const [own, all] = [meanOf(tracker), meanOf(gradient)]
    t.ok(own.every((mean, k) => Math.abs(mean - all[k]!) < 1e-5))
  }
  // Gradients that stay as they are: trackers come to be their mean.
  for (let round = 20; round < 120; round++) {
    track(metropolisWeights(agents, randomGraph(agents, 2, round, random)), tracker, before, before)
  }
  const mean = meanOf(before)
  for (let i = 0; i < agents; i++) {
    t.ok(rowOf(tracker, agents, i).every((value, k) => Math.abs(value - mean[k]!) < 1e-4))
  }
})

/**
 * Five agents on a ring fit one Q-function of a random decision process, each of its own rewards: what is best for the mean reward is
 * that of who sees them all.
 */
t.test(
  'networked fitted Q-iteration on a ring comes to the optimum for all, and without neighbours to none',
  async (t) => {
    const [agents, states, actions, gamma, rate] = [5, 10, 32, 0.9, 0.1]
    const pairs = states * actions
    const random = new Random(seedKey(12))
    const uniform = (stream: number, i: number) => {
      random.draw(stream, 0, i)
      return (random.words[0]! + 0.5) / 2 ** 32
    }
    // Gamma(.3) variates by Johnk's way, of which Dirichlet's are shares.
    let draws = 0
    const gammaVariate = () => {
      for (;;) {
        const [x, y] = [uniform(72, draws++) ** (1 / 0.3), uniform(72, draws++) ** (1 / 0.7)]
        if (x + y <= 1) return (-Math.log(uniform(72, draws++)) * x) / (x + y)
      }
    }
    const transition = Array.from({ length: pairs }, () => {
      const weights = Array.from({ length: states }, gammaVariate)
      const sum = weights.reduce((a, b) => a + b, 0)
      return weights.map((weight) => weight / sum)
    })
    const reward = Array.from({ length: agents }, (_, i) =>
      Float64Array.from({ length: pairs }, (_, k) => uniform(73, i * pairs + k)),
    )
    const best = (q: ArrayLike<number>) =>
      Array.from({ length: states }, (_, s) => {
        let most = -Infinity
        for (let a = 0; a < actions; a++) most = Math.max(most, q[s * actions + a]!)
        return most
      })
    const backup = (own: ArrayLike<number>, q: ArrayLike<number>) => {
      const value = best(q)
      return Float64Array.from(
        transition,
        (row, k) => own[k]! + gamma * row.reduce((sum, p, s) => sum + p * value[s]!, 0),
      )
    }
    const mean = reward[0]!.map((_, k) => reward.reduce((sum, own) => sum + own[k]! / agents, 0))
    let optimum = new Float64Array(pairs)
    for (let sweep = 0; sweep < 400; sweep++) optimum = backup(mean, optimum)

    const ring = Array.from({ length: agents }, (_, i): Edge => [i, (i + 1) % agents])
    const errorOf = (weights: Float64Array) => {
      const theta = new Float32Array(agents * pairs)
      const gradient = new Float32Array(agents * pairs)
      for (let outer = 0; outer < 150; outer++) {
        const targets = reward.map((own, i) => backup(own, theta.slice(i * pairs, (i + 1) * pairs)))
        const tracker = new Float32Array(agents * pairs)
        for (let inner = 0; inner < 10; inner++) {
          const before = gradient.slice()
          for (let i = 0; i < agents; i++) {
            for (let k = 0; k < pairs; k++) gradient[i * pairs + k] = theta[i * pairs + k]! - targets[i]![k]!
          }
          track(weights, tracker, gradient, inner === 0 ? tracker : before)
          for (let k = 0; k < theta.length; k++) theta[k]! -= rate * tracker[k]!
          mix(weights, theta)
        }
      }
      return Math.max(...theta.map((q, k) => Math.abs(q - optimum[k % pairs]!)))
    }
    const weights = metropolisWeights(agents, ring)
    t.ok(weights.every((weight) => weight === 0 || Math.abs(weight - 1 / 3) < 1e-12))
    const [together, alone] = [errorOf(weights), errorOf(metropolisWeights(agents, []))]
    t.ok(together < 0.02, `${together}`)
    t.ok(alone > 1, `${alone}`)
    t.comment(`sup-error ${together} on the ring, ${alone} alone`)
  },
)
