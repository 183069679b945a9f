/**
 * Sorts `order[from, to)` by ascending `keyOf`, exactly as the `std::sort` of GNU's C++ library: not stable above 16
 * elements, and yet a matter of the input alone. Keys must not be NaN.
 *
 * @param order [N] numbers of what is sorted, rearranged
 * @param key [M] by those numbers
 * @see libstdc++ 12, bits/stl_algo.h (__introsort_loop), bits/stl_heap.h
 */
export function introsort(order: Int32Array, key: Float64Array, from: number, to: number): void {
  if (to - from < 2) return
  const depth = 2 * (31 - Math.clz32(to - from))
  partition(order, key, from, to, depth)
  insertInto(order, key, from, Math.min(to, from + SMALL))
  for (let at = from + SMALL; at < to; at++) insertBackwards(order, key, at)
}

const SMALL = 16

/** Splits what is longer than 16 around medians, until insertion finishes it cheaply. */
function partition(order: Int32Array, key: Float64Array, from: number, to: number, depth: number): void {
  let end = to
  let left = depth
  while (end - from > SMALL) {
    if (left-- === 0) {
      heapsort(order, key, from, end)
      return
    }
    const cut = partitionAtMedian(order, key, from, end)
    partition(order, key, cut, end, left)
    end = cut
  }
}

function partitionAtMedian(order: Int32Array, key: Float64Array, from: number, to: number): number {
  const middle = from + ((to - from) >> 1)
  swap(order, from, medianOf(order, key, from + 1, middle, to - 1))
  const pivot = key[order[from]!]!
  let low = from + 1
  let high = to
  for (;;) {
    while (key[order[low]!]! < pivot) low++
    high--
    while (pivot < key[order[high]!]!) high--
    if (low >= high) return low
    swap(order, low, high)
    low++
  }
}

/** Which of three places holds the middle key. */
function medianOf(order: Int32Array, key: Float64Array, a: number, b: number, c: number): number {
  const [keyA, keyB, keyC] = [key[order[a]!]!, key[order[b]!]!, key[order[c]!]!]
  if (keyA < keyB) {
    if (keyB < keyC) return b
    return keyA < keyC ? c : a
  }
  if (keyA < keyC) return a
  return keyB < keyC ? c : b
}

function insertInto(order: Int32Array, key: Float64Array, from: number, to: number): void {
  for (let at = from + 1; at < to; at++) {
    const moved = order[at]!
    if (key[moved]! < key[order[from]!]!) {
      order.copyWithin(from + 1, from, at)
      order[from] = moved
    } else insertBackwards(order, key, at)
  }
}

/** Moves an element towards the front, which holds one that is not greater. */
function insertBackwards(order: Int32Array, key: Float64Array, at: number): void {
  const moved = order[at]!
  let hole = at
  for (; key[moved]! < key[order[hole - 1]!]!; hole--) order[hole] = order[hole - 1]!
  order[hole] = moved
}

function heapsort(order: Int32Array, key: Float64Array, from: number, to: number): void {
  for (let parent = (to - from - 2) >> 1; parent >= 0; parent--) {
    sink(order, key, from, parent, to - from, order[from + parent]!)
  }
  for (let last = to - 1; last > from; last--) {
    const moved = order[last]!
    order[last] = order[from]!
    sink(order, key, from, 0, last - from, moved)
  }
}

/** Fills the hole of a heap: greater children move up to it, down to a leaf, and `moved` rises from there. */
function sink(
  order: Int32Array,
  key: Float64Array,
  from: number,
  top: number,
  length: number,
  moved: number,
): void {
  let hole = top
  let child = top
  while (child < (length - 1) >> 1) {
    child = 2 * (child + 1)
    if (key[order[from + child]!]! < key[order[from + child - 1]!]!) child--
    order[from + hole] = order[from + child]!
    hole = child
  }
  if (length % 2 === 0 && child === (length - 2) >> 1) {
    child = 2 * child + 1
    order[from + hole] = order[from + child]!
    hole = child
  }
  for (let parent = (hole - 1) >> 1; hole > top; parent = (hole - 1) >> 1) {
    if (!(key[order[from + parent]!]! < key[moved]!)) break
    order[from + hole] = order[from + parent]!
    hole = parent
  }
  order[from + hole] = moved
}

function swap(order: Int32Array, one: number, other: number): void {
  const kept = order[one]!
  order[one] = order[other]!
  order[other] = kept
}
