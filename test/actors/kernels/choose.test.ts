import t from 'tap'
import { bindKernel, SELECTION_CODES } from '../../../actors/kernels/kernel.ts'
import type { Selection } from '../../../runtime/core/learner.ts'
import { bindRecord, createArena, planArena } from '../../../runtime/core/memory/arena.ts'
import { planLayout } from '../../../runtime/core/memory/layout.ts'
import { Random, Stream, seedKey, toUniform } from '../../../runtime/core/rng.ts'

const DRAWS = 20_000

interface Asked {
  readonly selection: Selection
  readonly exploration: number
  readonly seed: number
  readonly step: number
  readonly ids: readonly number[]
  /** Of each agent, one behind the other. */
  readonly values: Float32Array
  /** Of one agent, and floats from one agent's values to the next's. */
  readonly actions: number
  readonly stride: number
}

/** Memory in which `count` agents choose. */
function openChoices(count: number, floats: number) {
  const layout = planLayout({
    key: { dtype: 'u32', shape: [2] },
    ids: { dtype: 'u32', shape: [count] },
    values: { dtype: 'f32', shape: [floats] },
    scratch: { dtype: 'f32', shape: [64] },
    actions: { dtype: 'u16', shape: [count] },
    logs: { dtype: 'f32', shape: [count] },
  })
  const arena = createArena(planArena({ choices: { layout, count: 1 } }), 2 ** 28)
  return { kernel: bindKernel(arena), views: bindRecord(arena, 'choices', layout, 0) }
}

/** What the kernel chooses. */
function chooseAll(asked: Asked): number[] {
  return [...chooseWithLogs(asked).actions]
}

/** What it chooses, and the log-probabilities of that. */
function chooseWithLogs({ selection, exploration, seed, step, ids, values, actions, stride }: Asked) {
  const { kernel, views } = openChoices(ids.length, values.length)
  views.key.set(seedKey(seed))
  views.ids.set(ids)
  views.values.set(values)
  kernel.choose(
    SELECTION_CODES[selection],
    exploration,
    views.key.byteOffset,
    step,
    views.ids.byteOffset,
    ids.length,
    views.values.byteOffset,
    4 * stride,
    actions,
    views.scratch.byteOffset,
    views.actions.byteOffset,
    views.logs.byteOffset,
  )
  return views
}

/** Share of each action over many agents. */
function shares(selection: Selection, values: readonly number[], exploration: number): number[] {
  const ids = Array.from({ length: DRAWS }, (_, agent) => agent)
  const all = Float32Array.from({ length: DRAWS * values.length }, (_, i) => values[i % values.length]!)
  const actions = values.length
  const chosen = chooseAll({
    selection,
    exploration,
    seed: 9,
    step: 0,
    ids,
    values: all,
    actions,
    stride: actions,
  })
  const counts = Array.from({ length: actions }, () => 0)
  for (const action of chosen) counts[action]!++
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

t.test('what is recorded of a choice is the log-probability that its policy gave it', async (t) => {
  const row = [0.2, -0.1, 0.7, 0.7]
  const policies = {
    greedy: [0, 0, 0.5, 0.5],
    'epsilon-greedy': [0.1, 0.1, 0.4, 0.4],
    boltzmann: softmax(row, 0.4),
  } as const
  const ids = Array.from({ length: 300 }, (_, agent) => agent)
  const values = Float32Array.from(ids.flatMap(() => row))
  for (const [selection, expected] of Object.entries(policies)) {
    const { actions, logs } = chooseWithLogs({
      selection: selection as Selection,
      exploration: 0.4,
      seed: 3,
      step: 1,
      ids,
      values,
      actions: row.length,
      stride: row.length,
    })
    const off = ids.filter((_, i) => Math.abs(logs[i]! - Math.log(expected[actions[i]!]!)) > 1e-5)
    t.same(off, [], selection)
  }
})

t.test('only the given part of a row is read', async (t) => {
  for (const selection of ['greedy', 'epsilon-greedy', 'boltzmann'] as const) {
    const exploration = selection === 'boltzmann' ? 0.01 : 0
    const values = Float32Array.of(0, 1, 0, 9, 0, 1, 0, 9)
    const asked = { selection, exploration, seed: 1, step: 0, ids: [0, 1], values, actions: 3, stride: 4 }
    t.same(chooseAll(asked), [1, 1], selection)
  }
})

t.test('a choice hangs on the key, the step and the agent, and on no earlier choice', async (t) => {
  const row = [0.1, 0.2, 0.3, 0.1]
  for (const selection of ['greedy', 'epsilon-greedy', 'boltzmann'] as const) {
    const choose = (seed: number, step: number, ids: readonly number[]) => {
      const values = Float32Array.from(ids.flatMap(() => row))
      const chosen = chooseAll({
        selection,
        exploration: 0.9,
        seed,
        step,
        ids,
        values,
        actions: 4,
        stride: 4,
      })
      return ids.map((id, i) => [id, chosen[i]!] as const).sort(([a], [b]) => a - b)
    }
    const agents = Array.from({ length: 200 }, (_, agent) => agent)
    t.same(choose(1, 2, agents), choose(1, 2, agents.toReversed()), selection)
    if (selection === 'greedy') continue
    t.strictNotSame(choose(1, 2, agents), choose(1, 3, agents), selection)
    t.strictNotSame(choose(1, 2, agents), choose(2, 2, agents), selection)
  }
})

t.test('epsilon-greedy and greedy choices are those of the draws that rng.ts makes', async (t) => {
  const ids = Array.from({ length: 500 }, (_, i) => 3 * i)
  const random = new Random(seedKey(77))
  const draws = new Random(seedKey(5))
  const values = Float32Array.from({ length: ids.length * 5 }, (_, i) => random.below(3, 1000, 0, i))
  const expected = ids.map((id, i) => {
    draws.draw(Stream.action, 6, id)
    if (toUniform(draws.words[0]!) < 0.3) return Math.floor(toUniform(draws.words[1]!) * 5)
    const row = values.subarray(5 * i, 5 * i + 5)
    const best = [...row.keys()].filter((action) => row[action] === Math.max(...row))
    return best[Math.floor(toUniform(draws.words[2]!) * best.length)]!
  })
  const asked = { exploration: 0.3, seed: 5, step: 6, ids, values, actions: 5, stride: 5 }
  t.same(chooseAll({ selection: 'epsilon-greedy', ...asked }), expected)
})

t.test('random actions are those of the draws that rng.ts makes, four agents a draw', async (t) => {
  const ids = [0, 1, 2, 3, 9, 8, 4_000_001, 17]
  const { kernel, views } = openChoices(ids.length, 1)
  views.key.set(seedKey(3))
  views.ids.set(ids)
  kernel.chooseRandomly(
    views.key.byteOffset,
    4,
    views.ids.byteOffset,
    ids.length,
    21,
    views.actions.byteOffset,
  )
  const random = new Random(seedKey(3))
  const expected = ids.map((id) => {
    random.draw(Stream.randomAction, 4, id >>> 2)
    return Math.floor(toUniform(random.words[id & 3]!) * 21)
  })
  t.same([...views.actions], expected)
})
