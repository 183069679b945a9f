/**
 * MAgent2's engine generator as libstdc++ builds it: minstd_rand0, s ← 16807·s mod (2³¹ − 1).
 * A sequential generator, so it is only used where the rules themselves are sequential.
 */
const MULTIPLIER = 16_807
const MODULUS = 2_147_483_647

/** State after seeding; 0 counts as 1. */
export function seedEngine(seed: number): number {
  return seed % MODULUS || 1
}

/** The next state, which is also the output. The product stays below 2⁴⁶ and so is exact. */
export function nextEngine(state: number): number {
  return (MULTIPLIER * state) % MODULUS
}
