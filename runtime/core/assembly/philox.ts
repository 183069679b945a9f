// AssemblyScript: Philox4x32-10, the same draws as runtime/core/rng.ts, for the kernels of all folders.

const M0: u64 = 0xd2511f53
const M1: u64 = 0xcd9e8d57
const W0: u32 = 0x9e3779b9
const W1: u32 = 0xbb67ae85

/** The four words of the last `draw`. */
export let word0: u32 = 0
export let word1: u32 = 0
export let word2: u32 = 0
export let word3: u32 = 0

/** Four words for one entity in one step of a stream. @param key address of the episode's key, [2] u32 */
export function draw(key: usize, stream: u32, step: u32, entity: u32): void {
  let k0 = load<u32>(key)
  let k1 = load<u32>(key, 4)
  let c0 = entity
  let c1 = step
  let c2 = stream
  let c3: u32 = 0
  for (let round = 0; round < 10; round++) {
    const p0 = M0 * <u64>c0
    const p1 = M1 * <u64>c2
    c0 = <u32>(p1 >> 32) ^ c1 ^ k0
    c1 = <u32>p1
    c2 = <u32>(p0 >> 32) ^ c3 ^ k1
    c3 = <u32>p0
    k0 += W0
    k1 += W1
  }
  word0 = c0
  word1 = c1
  word2 = c2
  word3 = c3
}
