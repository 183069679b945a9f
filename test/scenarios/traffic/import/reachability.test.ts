import fc from 'fast-check'
import t from 'tap'
import type { CarNetwork } from '../../../../scenarios/traffic/import/car-network.ts'
import { Reachability } from '../../../../scenarios/traffic/import/reachability.ts'

const ROADS = 12
const road = fc.integer({ min: 0, max: ROADS - 1 })

/** Whether a walk of any length leads from one road to another, by squaring the relation. */
function closure(pairs: readonly (readonly [number, number])[]): boolean[][] {
  const reached = Array.from({ length: ROADS }, () => Array.from({ length: ROADS }, () => false))
  for (const [from, to] of pairs) reached[from]![to] = true
  for (let via = 0; via < ROADS; via++) {
    for (let from = 0; from < ROADS; from++) {
      for (let to = 0; to < ROADS; to++) reached[from]![to] ||= reached[from]![via]! && reached[via]![to]!
    }
  }
  return reached
}

t.test('there is a way exactly where some links lead, in whatever order one asks', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(road, road), { maxLength: 30 }),
      fc.array(fc.tuple(road, road)),
      (links, asked) => {
        const targets = new Map<string, Map<string, unknown>>()
        for (const [from, to] of links) {
          targets.set(`${from}`, (targets.get(`${from}`) ?? new Map()).set(`${to}`, undefined))
        }
        const reachability = new Reachability(targets as unknown as CarNetwork['links'])
        const expected = closure(links)
        for (const [from, to] of asked) {
          if (reachability.isWay(`${from}`, `${to}`) !== expected[from]![to]!) return false
        }
        return true
      },
    ),
  )
  t.end()
})
