// AssemblyScript: a description of 32-bit words, as all kernels read theirs. Addresses are bytes of the memory.

// @ts-ignore: decorator
@inline
export function word(table: usize, index: i32): i32 {
  return load<i32>(table + (<usize>index << 2))
}

/** Address of a column, which a word says. */
// @ts-ignore: decorator
@inline
export function column(table: usize, index: i32): usize {
  return <usize>load<u32>(table + (<usize>index << 2))
}
