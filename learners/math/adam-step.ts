import type { AdamConfig } from '../optimizer.ts'

/**
 * One step of Adam on plain arrays, all of one length:
 *
 *   m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²
 *   θ ← θ − α m̂ / (√v̂ + ε),  m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ)
 *
 * @param step t, 1 for the first
 * @see Kingma & Ba 2015, algorithm 1
 */
export function adamStep(
  parameters: Float32Array,
  gradient: Float32Array,
  first: Float32Array,
  second: Float32Array,
  step: number,
  { learningRate, beta1, beta2, epsilon }: AdamConfig,
): void {
  const rate = learningRate / (1 - beta1 ** step)
  const scale = 1 / Math.sqrt(1 - beta2 ** step)
  for (let k = 0; k < parameters.length; k++) {
    const g = gradient[k]!
    const m = beta1 * first[k]! + (1 - beta1) * g
    const v = beta2 * second[k]! + (1 - beta2) * g * g
    first[k] = m
    second[k] = v
    parameters[k]! -= (rate * m) / (scale * Math.sqrt(v) + epsilon)
  }
}
