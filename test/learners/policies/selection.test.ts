import t from 'tap'
import { selectorOf } from '../../../learners/policies/selection.ts'
import { Random, seedKey } from '../../../runtime/core/rng.ts'

const DRAWS = 20_000

/** Share of each action over many agents. */
function shares(
  selection: Parameters<typeof selectorOf>[0],
  values: readonly number[],
  exploration: number,
): number[] {
  const select = selectorOf(selection)
  const random = new Random(seedKey(9))
  const block = Float32Array.from(values)
  const counts = Array.from({ length: values.length }, () => 0)
  for (let agent = 0; agent < DRAWS; agent++)
    counts[select(block, 0, block.length, exploration, random, 0, agent)]!++
  return counts.map((count) => count / DRAWS)
}

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))
}

function softmax(values: readonly number[], temperature: number): number[] {
  const powers = values.map((value) => Math.exp(value / temperature))
  const total = powers.reduce((sum, power) => sum + power, 0)
  return powers.map((power) => power / total)
}

t.test('greedy takes the largest value, whatever the exploration', async (t) => {
  t.same(shares('greedy', [0, 3, -1], 1), [0, 1, 0])
  t.same(shares('greedy', [-5, -3, -4], 0), [0, 1, 0])
})

t.test('ties are shared evenly and do not fall to the first action', async (t) => {
  t.ok(distance(shares('greedy', [2, 1, 2, 2], 0), [1 / 3, 0, 1 / 3, 1 / 3]) < 0.015)
  t.ok(distance(shares('epsilon-greedy', [0, 0], 0), [0.5, 0.5]) < 0.015)
})

t.test('epsilon-greedy is uniform for a share epsilon and greedy for the rest', async (t) => {
  t.same(shares('epsilon-greedy', [0, 1, 0], 0), [0, 1, 0])
  t.ok(distance(shares('epsilon-greedy', [0, 1, 0, 0], 1), [0.25, 0.25, 0.25, 0.25]) < 0.015)
  t.ok(distance(shares('epsilon-greedy', [0, 1, 0, 0], 0.4), [0.1, 0.7, 0.1, 0.1]) < 0.015)
})

t.test('Boltzmann follows exp(Q / T), so that a larger value is taken more often', async (t) => {
  const values = [0.2, -0.1, 0.7, 0]
  for (const temperature of [0.1, 0.5, 5]) {
    const got = shares('boltzmann', values, temperature)
    t.ok(distance(got, softmax(values, temperature)) < 0.015, `T = ${temperature}: ${got.join(' ')}`)
    t.equal(got.indexOf(Math.max(...got)), 2)
  }
})

t.test('Boltzmann stands values that would overflow', async (t) => {
  t.same(shares('boltzmann', [1e4, 0, -1e4], 0.1), [1, 0, 0])
  t.ok(distance(shares('boltzmann', [1e6, 1e6], 0.1), [0.5, 0.5]) < 0.015)
})

t.test('only the given part of the block is read', async (t) => {
  const block = Float32Array.of(9, 9, 0, 1, 0, 9)
  const random = new Random(seedKey(1))
  for (const selection of ['greedy', 'epsilon-greedy', 'boltzmann'] as const) {
    t.equal(
      selectorOf(selection)(block, 2, 3, selection === 'boltzmann' ? 0.01 : 0, random, 0, 0),
      1,
      selection,
    )
  }
})

t.test('a choice hangs on the key, the step and the agent, and on no earlier choice', async (t) => {
  const values = Float32Array.of(0.1, 0.2, 0.3, 0.1)
  for (const selection of ['greedy', 'epsilon-greedy', 'boltzmann'] as const) {
    const select = selectorOf(selection)
    const choose = (seed: number, step: number, agents: readonly number[]) => {
      const random = new Random(seedKey(seed))
      const chosen = new Map(agents.map((agent) => [agent, select(values, 0, 4, 0.9, random, step, agent)]))
      return [...chosen].sort(([a], [b]) => a - b).map(([, action]) => action)
    }
    const agents = Array.from({ length: 200 }, (_, agent) => agent)
    t.same(choose(1, 2, agents), choose(1, 2, agents.toReversed()), selection)
    if (selection === 'greedy') continue
    t.strictNotSame(choose(1, 2, agents), choose(1, 3, agents), selection)
    t.strictNotSame(choose(1, 2, agents), choose(2, 2, agents), selection)
  }
})
