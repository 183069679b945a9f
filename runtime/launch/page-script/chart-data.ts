/** What a page's charts are drawn from. Every text is shown as it is, never as HTML. */
export type ChartData = CurvesData | IntervalsData

/** Lines over a common axis, with bands. */
export interface CurvesData {
  readonly kind: 'curves'
  /** With its unit. */
  readonly xLabel: string
  readonly yLabel: string
  /** What the bands are, such as `± 1 standard deviation`. */
  readonly band: string
  readonly curves: readonly Curve[]
}

export interface Curve {
  readonly name: string
  /** Its colour's number: that of no other curve, and the same in all charts of a page. */
  readonly series: number
  readonly points: readonly CurvePoint[]
}

export interface CurvePoint {
  readonly x: number
  readonly y: number
  /** Half the height of the band; 0 for none. */
  readonly spread: number
}

/** A value with an interval in each row. */
export interface IntervalsData {
  readonly kind: 'intervals'
  /** With its unit. */
  readonly label: string
  /** Of the axis; left out, as the values need it. */
  readonly range?: readonly [number, number]
  /** What is drawn, such as `interquartile mean` and `95 % interval`. */
  readonly valueName: string
  readonly intervalName: string
  /** What the small points are, such as `a seed`. */
  readonly pointsName?: string
  readonly rows: readonly IntervalRow[]
}

export interface IntervalRow {
  /** No other row's. */
  readonly name: string
  readonly value: number
  readonly interval?: readonly [number, number]
  readonly points?: readonly number[]
}
