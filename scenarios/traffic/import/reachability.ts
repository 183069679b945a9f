import type { CarNetwork } from './car-network.ts'

/**
 * Says between which roads there is a way. Nearly all roads of a town reach each other: one road in the middle of a way
 * that was found is the hub, and whoever reaches it gets to wherever it leads, without another search.
 */
export class Reachability {
  readonly #onward = new Map<string, readonly string[]>()
  readonly #back = new Map<string, string[]>()
  #hub: { readonly reachedFrom: ReadonlySet<string>; readonly leadsTo: ReadonlySet<string> } | undefined

  constructor(links: CarNetwork['links']) {
    for (const [from, targets] of links) {
      this.#onward.set(from, [...targets.keys()])
      for (const to of targets.keys()) {
        const sources = this.#back.get(to)
        if (sources) sources.push(from)
        else this.#back.set(to, [from])
      }
    }
  }

  isWay(from: string, to: string): boolean {
    // The hub itself is in both sets, whether or not a way leads from it to itself.
    if (from !== to && this.#hub?.reachedFrom.has(from) && this.#hub.leadsTo.has(to)) return true
    const before = search(this.#onward, from)
    if (!before.has(to)) return false
    this.#hub ??= this.#hubAt(middleOf(before, from, to))
    return true
  }

  #hubAt(road: string): { readonly reachedFrom: ReadonlySet<string>; readonly leadsTo: ReadonlySet<string> } {
    const [reachedFrom, leadsTo] = [this.#back, this.#onward].map(
      (next) => new Set([road, ...search(next, road).keys()]),
    )
    return { reachedFrom: reachedFrom!, leadsTo: leadsTo! }
  }
}

/** Roads that are reached, each with the road before it. The start is among them if a way leads back. */
function search(next: ReadonlyMap<string, readonly string[]>, start: string): Map<string, string> {
  const before = new Map<string, string>()
  const open = [start]
  // Grows while it is read.
  for (const road of open) {
    for (const other of next.get(road) ?? []) {
      if (before.has(other)) continue
      before.set(other, road)
      open.push(other)
    }
  }
  return before
}

function middleOf(before: ReadonlyMap<string, string>, from: string, to: string): string {
  const way = [to]
  for (let road = before.get(to)!; road !== from; road = before.get(road)!) way.push(road)
  return way[Math.floor(way.length / 2)]!
}
