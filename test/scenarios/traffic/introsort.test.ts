import t from 'tap'
import { introsort } from '../../../scenarios/traffic/introsort.ts'

const sorted = (keys: readonly number[]) => {
  const order = Int32Array.from(keys, (_, i) => i)
  introsort(order, Float64Array.from(keys), 0, keys.length)
  return [...order]
}

/** Keys that leave median-of-three partitioning nothing but the worst cuts. */
function worstCase(half: number): number[] {
  return [
    ...Array.from({ length: half }, (_, i) => (i % 2 === 0 ? i + 1 : half + i)),
    ...Array.from({ length: half }, (_, i) => 2 * (i + 1)),
  ]
}

t.test('keys come in ascending order, each element once', async (t) => {
  const remainders = (count: number) => Array.from({ length: count }, (_, i) => (i * 7919) % (count + 1))
  for (const keys of [[], [1], [2, 1], remainders(16), remainders(17), remainders(1000), worstCase(200)]) {
    const order = sorted(keys)
    const inOrder = order.map((i) => keys[i]!)
    t.same(
      inOrder,
      [...keys].sort((a, b) => a - b),
    )
    t.equal(new Set(order).size, keys.length)
  }
})

t.test('only the given part is sorted', async (t) => {
  const order = Int32Array.of(3, 2, 1, 0)
  introsort(order, Float64Array.of(0, 1, 2, 3), 1, 3)
  t.same([...order], [3, 1, 2, 0])
})

t.test('up to 16 elements equal keys keep their order', async (t) => {
  const keys = Array.from({ length: 16 }, (_, i) => i % 3)
  t.same(sorted(keys), [0, 3, 6, 9, 12, 15, 1, 4, 7, 10, 13, 2, 5, 8, 11, 14])
})

/** Printed by a program of one `std::sort`, GNU C++ 12.2. */
const EQUAL_KEYS = [
  {
    keys: Array.from({ length: 20 }, () => 0),
    order: [10, 19, 18, 17, 16, 15, 14, 13, 12, 11, 0, 9, 8, 7, 6, 5, 4, 3, 2, 1],
  },
  {
    keys: Array.from({ length: 24 }, (_, i) => (i * 5) % 3),
    order: [0, 21, 3, 18, 6, 15, 9, 12, 23, 20, 17, 14, 11, 8, 5, 2, 13, 10, 16, 7, 19, 4, 22, 1],
  },
  {
    keys: worstCase(50).map((key) => key >> 1),
    order: [
      0, 50, 2, 51, 4, 52, 6, 53, 8, 54, 10, 55, 12, 56, 14, 57, 16, 18, 58, 20, 59, 60, 22, 61, 24, 62, 26,
      28, 63, 30, 64, 65, 32, 66, 34, 36, 67, 68, 38, 69, 40, 70, 42, 71, 44, 72, 46, 73, 48, 1, 74, 75, 3, 5,
      76, 7, 77, 9, 78, 79, 11, 80, 13, 81, 15, 82, 17, 83, 19, 84, 21, 23, 85, 25, 86, 87, 27, 29, 88, 31,
      89, 33, 90, 35, 91, 37, 92, 93, 39, 41, 94, 43, 95, 96, 45, 97, 47, 49, 98, 99,
    ],
  },
] as const

t.test('above 16 elements equal keys come as from libstdc++', async (t) => {
  for (const { keys, order } of EQUAL_KEYS) t.same(sorted(keys), order)
})
