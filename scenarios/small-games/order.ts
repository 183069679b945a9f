import type { Random } from '../../runtime/core/rng.ts'

/** Draws an order for one step, any as likely as any other. @param order [n] becomes a permutation of 0 … n − 1 */
export function drawOrder(random: Random, stream: number, step: number, order: Int32Array): void {
  order[0] = 0
  for (let i = 1; i < order.length; i++) {
    const j = random.below(i + 1, stream, step, i)
    order[i] = order[j]!
    order[j] = i
  }
}
