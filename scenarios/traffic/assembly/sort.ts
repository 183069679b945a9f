// AssemblyScript: sorting.

const DIGIT_BITS = 8
const DIGITS = 1 << DIGIT_BITS

/**
 * Sorts 64-bit words by their upper halves, signed, in four passes of a radix sort: equal ones stay in order.
 *
 * @param spare  as much room again
 * @param counts room for `DIGITS` 32-bit words
 */
export function sortKeys(keys: usize, spare: usize, counts: usize, count: i32): void {
  let from = keys
  let to = spare
  for (let shift = 32; shift < 64; shift += DIGIT_BITS) {
    // The sign is the upper bit of the last digit.
    const flip: u32 = shift + DIGIT_BITS == 64 ? 1 << (DIGIT_BITS - 1) : 0
    memory.fill(counts, 0, DIGITS << 2)
    for (let i = 0; i < count; i++) {
      const digit = counts + digitOf(from, i, shift, flip)
      store<i32>(digit, load<i32>(digit) + 1)
    }
    let sum = 0
    for (let digit = 0; digit < DIGITS; digit++) {
      const address = counts + (<usize>digit << 2)
      const next = sum + load<i32>(address)
      store<i32>(address, sum)
      sum = next
    }
    for (let i = 0; i < count; i++) {
      const digit = counts + digitOf(from, i, shift, flip)
      const place = load<i32>(digit)
      store<i32>(digit, place + 1)
      store<i64>(to + (<usize>place << 3), load<i64>(from + (<usize>i << 3)))
    }
    const other = from
    from = to
    to = other
  }
}

/** Bytes from the first count to that of a word's digit. */
// @ts-ignore: decorator
@inline
function digitOf(keys: usize, i: i32, shift: i32, flip: u32): usize {
  const digit = (<u32>(load<u64>(keys + (<usize>i << 3)) >> shift) & (DIGITS - 1)) ^ flip
  return <usize>digit << 2
}
