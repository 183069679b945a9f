import fc from 'fast-check'
import t from 'tap'
import { type Trajectories, vTrace } from '../../../learners/math/v-trace.ts'
import { NO_ACTION } from '../../../runtime/core/experience.ts'

type Floats = readonly number[]

function trajectories(
  action: Floats,
  next: Floats,
  reward: Floats,
  value: Floats,
  ratio: Floats = action.map(() => 1),
): Trajectories {
  const floats = (values: Floats) => Float32Array.from(values)
  return {
    action: Uint16Array.from(action),
    next: Int32Array.from(next),
    reward: floats(reward),
    value: floats(value),
    ratio: floats(ratio),
  }
}

const near = (a: number, b: number) => Math.abs(a - b) <= 1e-4 * Math.max(1, Math.abs(b))
const isNear = (got: Float32Array, expected: Floats) => expected.every((value, i) => near(got[i]!, value))

t.test('targets and advantages of three decisions, worked out by hand', async (t) => {
  // γ = 0.5, λ = 1, ratios 2, 0.5 and 1; the last decision ends the agent.
  const rows = trajectories([0, 0, 0], [1, 2, -1], [1, 2, 4], [1, 2, 3], [2, 0.5, 1])
  const { target, advantage, weight } = vTrace(rows, 0.5, 1)
  // v₂ = 3 + 1 (4 − 3) = 4; v₁ = 2 + ½ (2 + 1.5 − 2) + ½ · ½ (4 − 3) = 3; v₀ = 1 + (1 + 1 − 1) + ½ (3 − 2) = 2.5.
  t.same([...target], [2.5, 3, 4])
  t.same([...advantage], [1 + 1.5 - 1, 2 + 2 - 2, 4 - 3])
  t.same([...weight], [1, 0.5, 1])
})

/** Several agents whose decisions lie between each other's: some terminate, the others go on behind the segment. */
const cases = fc
  .record({
    decisions: fc.integer({ min: 1, max: 12 }),
    agents: fc.integer({ min: 1, max: 4 }),
    numbers: fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 200, maxLength: 200 }),
    deaths: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 4, maxLength: 4 }),
    gamma: fc.double({ min: 0, max: 1, noNaN: true }),
    lambda: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ decisions, agents, numbers, deaths, ...rest }) => {
    const rowOf = new Map<string, number>()
    const action: number[] = []
    for (let time = 0; time <= decisions; time++) {
      for (let agent = 0; agent < agents; agent++) {
        if (time > deaths[agent]!) continue
        rowOf.set(`${agent} ${time}`, action.length)
        action.push(time === decisions ? NO_ACTION : 0)
      }
    }
    const next = action.map(() => -1)
    for (const [key, row] of rowOf) {
      const [agent, time] = key.split(' ').map(Number)
      next[row] = rowOf.get(`${agent} ${time! + 1}`) ?? -1
    }
    const column = (from: number) => action.map((_, row) => Math.fround(numbers[(from + row * 3) % 200]!))
    const ratio = column(2).map((x) => Math.fround(Math.exp(x)))
    return { rows: trajectories(action, next, column(0), column(1), ratio), ...rest }
  })

/** Rows of one agent from a row on. */
function* chain({ next }: Trajectories, row: number): Generator<number> {
  for (let at = row; at >= 0; at = next[at]!) yield at
}

/** v_s = V_s + Σ_t γᵗ⁻ˢ (Π_{s ≤ i < t} c_i) δ_t, term by term. */
function slowTarget(rows: Trajectories, start: number, gamma: number, lambda: number): number {
  const { action, reward, value, ratio, next } = rows
  let [sum, weight] = [value[start]!, 1]
  for (const t of chain(rows, start)) {
    if (action[t] === NO_ACTION) break
    const rho = Math.min(1, ratio[t]!)
    const after = next[t]! < 0 ? 0 : value[next[t]!]!
    sum += weight * rho * (reward[t]! + gamma * after - value[t]!)
    weight *= gamma * lambda * rho
  }
  return sum
}

t.test('targets are the sum over all later decisions that defines V-trace', async () => {
  fc.assert(
    fc.property(cases, ({ rows, gamma, lambda }) => {
      const { target } = vTrace(rows, gamma, lambda)
      return isNear(
        target,
        Array.from(target, (_, row) => slowTarget(rows, row, gamma, lambda)),
      )
    }),
  )
})

t.test('on policy and with λ = 1 a target is the discounted return to the segment’s end', async () => {
  fc.assert(
    fc.property(cases, ({ rows, gamma }) => {
      const own = { ...rows, ratio: rows.ratio.map(() => 1) }
      const returns = Array.from(rows.action, (_, start) => {
        let [sum, discount] = [0, 1]
        for (const t of chain(rows, start)) {
          sum += discount * (rows.action[t] === NO_ACTION ? rows.value[t]! : rows.reward[t]!)
          discount *= gamma
        }
        return sum
      })
      return isNear(vTrace(own, gamma, 1).target, returns)
    }),
  )
})

t.test('with λ = 0 it is the reward and the value behind it', async () => {
  fc.assert(
    fc.property(cases, ({ rows, gamma }) => {
      const { action, next, reward, value } = rows
      const own = { ...rows, ratio: rows.ratio.map(() => 1) }
      const oneStep = Array.from(action, (a, row) => {
        if (a === NO_ACTION) return value[row]!
        return reward[row]! + (next[row]! < 0 ? 0 : gamma * value[next[row]!]!)
      })
      return isNear(vTrace(own, gamma, 0).target, oneStep)
    }),
  )
})

t.test('rows without an action keep their value and weigh nothing', async (t) => {
  const { target, advantage, weight } = vTrace(trajectories([0, NO_ACTION], [1, -1], [1, 9], [2, 4]), 0.5, 1)
  t.same([...target], [3, 4])
  t.same([...advantage], [1, 0])
  t.same([...weight], [1, 0])
})
