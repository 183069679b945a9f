/** What drives through a network: the flows of a file. @see CityFlow 81ee0f4, flow/flow.cpp */
export interface Demand {
  /** [V, `VEHICLE_FIELDS.length`] kinds of vehicles that differ. */
  readonly vehicleTypes: Float64Array
  /** [F] kind of each flow's vehicles. */
  readonly flowType: Int32Array
  /** [F] route of each flow. */
  readonly flowRoute: Int32Array
  /** [F] seconds between two vehicles, and from when to when, both inclusive; end −1: for ever. */
  readonly flowInterval: Float64Array
  readonly flowStart: Float64Array
  readonly flowEnd: Float64Array
  /** [Q + 1] roads of each route that occurs, complete and in order. */
  readonly routesFrom: Int32Array
  readonly routes: Int32Array
}

/** A row of `vehicleTypes`, named as in the file: metres, m/s, m/s², seconds. */
export const VEHICLE_FIELDS = [
  'length',
  'width',
  'maxPosAcc',
  'maxNegAcc',
  'usualPosAcc',
  'usualNegAcc',
  'minGap',
  'maxSpeed',
  'headwayTime',
] as const

/** Where a simulation's files lie and how it runs: a config.json, its paths resolved. */
export interface TrafficConfig {
  /** What stands before the names of files in it, as a path. */
  readonly dir: string
  /** Seconds of one step. */
  readonly interval: number
  readonly seed: number
  readonly roadnetFile: string
  readonly flowFile: string
  readonly rlTrafficLight: boolean
  readonly laneChange: boolean
  readonly saveReplay: boolean
  readonly roadnetLogFile: string | undefined
  readonly replayLogFile: string | undefined
}
