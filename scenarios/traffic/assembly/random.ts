// AssemblyScript: CityFlow's generator, std::mt19937 (Matsumoto and Nishimura, 1998).

const WORDS = 624
const SHIFT = 397

/** Sets the state, [625] words: the last one is the index of the next. */
export function seedGenerator(state: usize, seed: u32): void {
  let word = seed
  store<u32>(state, word)
  for (let i = 1; i < WORDS; i++) {
    word = 1812433253 * (word ^ (word >> 30)) + i
    store<u32>(state + (<usize>i << 2), word)
  }
  store<u32>(state + (WORDS << 2), WORDS)
}

/** The next 32 bits. */
export function nextRandom(state: usize): u32 {
  let index = load<u32>(state + (WORDS << 2))
  if (index == WORDS) {
    twist(state)
    index = 0
  }
  store<u32>(state + (WORDS << 2), index + 1)
  let y = load<u32>(state + (<usize>index << 2))
  y ^= y >> 11
  y ^= (y << 7) & 0x9d2c5680
  y ^= (y << 15) & 0xefc60000
  return y ^ (y >> 18)
}

function twist(state: usize): void {
  for (let i = 0; i < WORDS; i++) {
    const upper = load<u32>(state + (<usize>i << 2)) & 0x80000000
    const lower = load<u32>(state + (<usize>((i + 1) % WORDS) << 2)) & 0x7fffffff
    const y = upper | lower
    const from = load<u32>(state + (<usize>((i + SHIFT) % WORDS) << 2))
    store<u32>(state + (<usize>i << 2), from ^ (y >> 1) ^ (y & 1 ? 0x9908b0df : 0))
  }
}
