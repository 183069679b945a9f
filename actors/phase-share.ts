import type { Phase } from '../runtime/core/scenario.ts'

/** One shard's part of `count` items. */
export function shareOf(count: number, shard: number, shards: number): readonly [from: number, to: number] {
  return [Math.floor((count * shard) / shards), Math.floor((count * (shard + 1)) / shards)]
}

/** Does one shard's part of a phase; what is serial is the first one's. */
export function runShare(phase: Phase, shard: number, shards: number): void {
  if (phase.kind === 'serial') {
    if (shard === 0) phase.run()
    return
  }
  const size = phase.size()
  if (phase.grain === undefined || shards === 1) {
    const [from, to] = shareOf(size, shard, shards)
    phase.run(from, to)
    return
  }
  for (let from = shard * phase.grain; from < size; from += shards * phase.grain) {
    phase.run(from, Math.min(size, from + phase.grain))
  }
}
