import { createHash } from 'node:crypto'
import type { BoundWorld } from '../runtime/core/world.ts'

/**
 * A fingerprint of the whole state of worlds, in their order: 64 bits of SHA-256 as hexadecimal digits.
 * Equal for equal configuration and seed, however the work was split.
 */
export function stateHash(worlds: readonly BoundWorld[]): string {
  const hash = createHash('sha256')
  for (const { world, agents, state } of worlds) {
    for (const view of Object.values(agents)) hash.update(view)
    for (const [name, view] of Object.entries(state)) {
      if (!world.scratch?.includes(name)) hash.update(view)
    }
  }
  return hash.digest('hex').slice(0, 16)
}
