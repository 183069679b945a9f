import { Random, Stream, seedKey } from '../../../runtime/core/rng.ts'
import type { XmlElement } from './xml.ts'

/** Vehicles that leave one after the other: the first at `start`, every `period` seconds, `count` of them. */
export interface Departures {
  readonly start: number
  readonly period: number
  /** Infinity: for ever. */
  readonly count: number
}

/** The key is the seed's own: no draw of a world's episode is repeated. */
const DEPARTURES = Stream.scenario + 1
/** Of quotients that are whole numbers but for rounding. */
const TOLERANCE = 1e-9

/** When the vehicles of flows leave, with the rate that their file says; random ones hang on the seed. */
export class FlowClock {
  readonly #random: Random
  #flows = 0

  constructor(seed: number) {
    this.#random = new Random(seedKey(seed))
  }

  /** @throws ERR_FILE_INVALID when the flow does not say how many vehicles there are, and until when */
  departuresOf(flow: XmlElement): Departures[] {
    const entity = this.#flows++
    const begin = flow.has('begin') ? flow.seconds('begin') : 0
    const end = flow.has('end') ? flow.seconds('end') : Number.POSITIVE_INFINITY
    const number = flow.has('number') ? flow.index('number') : Number.POSITIVE_INFINITY
    const bounded = number < Number.POSITIVE_INFINITY || end < Number.POSITIVE_INFINITY
    if (flow.has('probability')) {
      if (!bounded) throw endless(flow)
      return this.#bySecond(entity, flow.number('probability', 0), begin, end, number)
    }
    const rate = /^exp\((.+)\)$/.exec(flow.optionalText('period') ?? '')?.[1]
    if (rate !== undefined) {
      if (!(Number(rate) > 0)) throw flow.wrong('period', 'exp(RATE) with vehicles per second')
      if (!bounded) throw endless(flow)
      return this.#byWaiting(entity, Number(rate), begin, end, number)
    }
    const period = periodOf(flow, begin, end, number)
    const untilEnd = Math.max(0, Math.ceil((end - begin) / period - TOLERANCE))
    const count = Math.min(number, untilEnd)
    // CityFlow repeats whole seconds only.
    if (count === Number.POSITIVE_INFINITY && !Number.isInteger(period)) throw endless(flow)
    return count === 0 ? [] : [{ start: begin, period, count }]
  }

  /** In every second a vehicle with some probability. */
  #bySecond(entity: number, probability: number, begin: number, end: number, number: number): Departures[] {
    const departures: Departures[] = []
    if (probability === 0) return departures
    for (let time = begin; time < end && departures.length < number; time++) {
      const isDue = this.#random.uniform(DEPARTURES, time - begin, entity) < probability
      if (isDue) departures.push(once(time))
    }
    return departures
  }

  /** Waiting times drawn from the exponential distribution. */
  #byWaiting(entity: number, rate: number, begin: number, end: number, number: number): Departures[] {
    const departures: Departures[] = []
    let time = begin
    for (let i = 0; departures.length < number; i++) {
      time -= Math.log(1 - this.#random.uniform(DEPARTURES, i, entity)) / rate
      if (time >= end) break
      departures.push(once(time))
    }
    return departures
  }
}

export function once(time: number): Departures {
  return { start: time, period: 1, count: 1 }
}

function periodOf(flow: XmlElement, begin: number, end: number, number: number): number {
  const hourly = ['vehsPerHour', 'perHour'].find((name) => flow.has(name))
  if (hourly !== undefined) return 3600 / flow.number(hourly, Number.MIN_VALUE)
  if (flow.has('period')) {
    const period = flow.number('period', 0)
    if (period > 0) return period
    throw flow.wrong('period', 'seconds above 0')
  }
  const isSpread = number < Number.POSITIVE_INFINITY && end < Number.POSITIVE_INFINITY
  if (isSpread) return (end - begin) / Math.max(1, number)
  throw flow.error(
    'expected vehsPerHour, period, probability, or number with end, got none of them',
    'say how often vehicles leave',
  )
}

function endless(flow: XmlElement): Error {
  return flow.error('expected end or number, got neither', 'say when the flow ends')
}
