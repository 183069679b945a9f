import t from 'tap'
import { type Departures, FlowClock } from '../../../../scenarios/traffic/import/departures.ts'
import { XmlElement } from '../../../../scenarios/traffic/import/xml.ts'

function departuresOf(attributes: Readonly<Record<string, string>>, seed = 0): readonly Departures[] {
  return new FlowClock(seed).departuresOf(new XmlElement('flow', attributes, 'routes.xml', 1))
}

t.test('rates become a start, a period and a count', async (t) => {
  const cases: readonly (readonly [Record<string, string>, Departures])[] = [
    [
      { begin: '10', end: '70', period: '20' },
      { start: 10, period: 20, count: 3 },
    ],
    [
      { end: '3600', vehsPerHour: '600' },
      { start: 0, period: 6, count: 600 },
    ],
    [
      { end: '3600', vehsPerHour: '700' },
      { start: 0, period: 3600 / 700, count: 700 },
    ],
    [
      { begin: '0', end: '100', number: '40' },
      { start: 0, period: 2.5, count: 40 },
    ],
    [
      { number: '3', period: '7.5' },
      { start: 0, period: 7.5, count: 3 },
    ],
    [
      { end: '1:00:00', perHour: '360' },
      { start: 0, period: 10, count: 360 },
    ],
    [{ period: '5' }, { start: 0, period: 5, count: Number.POSITIVE_INFINITY }],
  ]
  for (const [attributes, departures] of cases) {
    t.same(departuresOf(attributes), [departures], JSON.stringify(attributes))
  }
  t.same(departuresOf({ begin: '5', end: '5', period: '1' }), [])
})

t.test('random flows have their mean, and hang on the seed', async (t) => {
  for (const attributes of [
    { end: '40000', probability: '0.25' },
    { end: '40000', period: 'exp(0.25)' },
  ]) {
    const times = departuresOf(attributes).map(({ start }) => start)
    t.ok(Math.abs(times.length - 10_000) < 300, `${times.length} of 10,000`)
    t.ok(times.every((time, i) => time < 40_000 && (i === 0 || time >= times[i - 1]!)))
    const [first, again, other] = [0, 0, 1].map((seed) => JSON.stringify(departuresOf(attributes, seed)))
    t.ok(first === again && first !== other)
  }
})
