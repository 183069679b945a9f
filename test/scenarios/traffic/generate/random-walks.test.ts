import t from 'tap'
import type { FlowEntry } from '../../../../scenarios/traffic/data-set.ts'
import { generateGrid } from '../../../../scenarios/traffic/generate/index.ts'
import { gridOptions } from '../../../../scenarios/traffic/generate/options.ts'
import { randomWalks } from '../../../../scenarios/traffic/generate/random-walks.ts'
import { cityflowReference, readCityflow, skipWithoutCityflow } from '../../../fixtures/cityflow.ts'
import { undrivable, written } from '../_written.ts'

const GRID = gridOptions.parse({ rows: 4, columns: 5 })
const TRIPS = 20_000
const HORIZON = 3600

function walks(seed: number, trips = TRIPS, grid = GRID): readonly FlowEntry[] {
  return [...randomWalks(grid, trips, HORIZON, seed)]
}

/** Column, row and direction of the roads of a route. */
function stations(route: readonly string[]): number[][] {
  return route.map((road) => road.split('_').slice(1).map(Number))
}

t.test('trips are drivable, of 2 to 20 roads', async (t) => {
  const demand = { kind: 'random-walks', trips: 500, horizon: 60 } as const
  const files = await written(t.testdir(), generateGrid(GRID, demand, 1))
  t.equal(files.flows.length, 500)
  t.same(undrivable(files), [])
  t.ok(files.flows.every(({ route }) => route.length >= 2 && route.length <= 20))
})

t.test('turns have the shares of the data sets: straight 0.6, left 0.1, right 0.3', async (t) => {
  const turns = [0, 0, 0, 0]
  for (const { route } of walks(3)) {
    const directions = stations(route).map(([, , direction]) => direction!)
    for (let i = 1; i < directions.length; i++) turns[(directions[i]! - directions[i - 1]! + 4) % 4]!++
  }
  const total = turns.reduce((sum, count) => sum + count)
  const shares = turns.map((count) => count / total)
  for (const [quarters, share] of [0.6, 0.1, 0, 0.3].entries()) {
    t.ok(Math.abs(shares[quarters]! - share) < 0.01, `${quarters} quarters to the left: ${shares[quarters]}`)
  }
})

t.test('departures spread evenly over the horizon, in order', async (t) => {
  const times = walks(0).map(({ startTime }) => startTime)
  t.same(
    times,
    times.toSorted((a, b) => a - b),
  )
  const half = times.filter((time) => time < HORIZON / 2).length
  t.equal(half, TRIPS / 2)
  t.ok(times[0]! >= 0 && times.at(-1)! < HORIZON)
})

t.test('trips begin at the rim and inside', async (t) => {
  const { rows, columns } = GRID
  const isRim = (column: number, row: number) => column === 0 || row === 0 || column > columns || row > rows
  const first = walks(5).map(({ route }) => stations(route)[0]!)
  const rim = first.filter(([column, row]) => isRim(column!, row!)).length / TRIPS
  // 0.3 are sent to the rim; of the roads that lead to the 20 signals, 18 of 80 begin there.
  t.ok(Math.abs(rim - (0.3 + 0.7 * (18 / 80))) < 0.01, `${rim}`)
})

t.test('the same seed gives the same trips, another seed others', async (t) => {
  t.strictSame(walks(1, 100), walks(1, 100))
  t.strictNotSame(walks(1, 100), walks(2, 100))
})

t.test('turns for which there are no lanes are not taken', async (t) => {
  const grid = gridOptions.parse({ rows: 3, columns: 3, leftLanes: 0, straightLanes: 0 })
  for (const { route } of walks(0, 100, grid)) {
    const [[, , first], [, , second]] = stations(route) as [number[], number[]]
    t.equal((first! - second! + 4) % 4, 1, route.join(' '))
  }
})

t.test('the vehicle is that of the data sets', { skip: skipWithoutCityflow('data/grid_6x6') }, async (t) => {
  const [theirs] = readCityflow<FlowEntry[]>(cityflowReference('data/grid_6x6/flow_rw_12000.json'))
  const [ours] = walks(0, 1)
  t.strictSame(ours!.vehicle, theirs!.vehicle)
  t.same(Object.keys(ours!), Object.keys(theirs!))
})
