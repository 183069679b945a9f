import type { VehicleEntry } from '../data-set.ts'
import type { XmlElement } from './xml.ts'

/** Of a vType, what CityFlow's vehicles have too: metres, m/s, m/s², seconds. */
export interface VehicleType {
  readonly length: number
  readonly width: number
  readonly accel: number
  readonly decel: number
  readonly minGap: number
  readonly maxSpeed: number
  /** Headway to the vehicle ahead. */
  readonly tau: number
}

const CAR: VehicleType = {
  length: 5,
  width: 1.8,
  accel: 2.6,
  decel: 4.5,
  minGap: 2.5,
  maxSpeed: 200 / 3.6,
  tau: 1,
}

/** SUMO's defaults by vehicle class, where they are not a car's. @see SUMO 1.15, asked over TraCI */
const CLASSES: Readonly<Record<string, Partial<VehicleType>>> = {
  delivery: { length: 6.5, width: 2.16 },
  emergency: { length: 6.5, width: 2.16 },
  truck: { length: 7.1, width: 2.4, accel: 1.3, decel: 4, maxSpeed: 130 / 3.6 },
  trailer: { length: 16.5, width: 2.55, accel: 1.1, decel: 4, maxSpeed: 130 / 3.6 },
  bus: { length: 12, width: 2.5, accel: 1.2, decel: 4, maxSpeed: 100 / 3.6 },
  coach: { length: 14, width: 2.6, accel: 2, decel: 4, maxSpeed: 100 / 3.6 },
  motorcycle: { length: 2.2, width: 0.9, accel: 6, decel: 10 },
  moped: { length: 2.1, width: 0.78, accel: 1.1, decel: 7, maxSpeed: 60 / 3.6 },
  bicycle: { length: 1.6, width: 0.65, accel: 1.2, decel: 3, minGap: 0.5, maxSpeed: 50 / 3.6 },
  tram: { length: 22, width: 2.4, accel: 1, decel: 3, maxSpeed: 80 / 3.6 },
}

/** Types that are there without being defined. */
export const BUILT_IN: ReadonlyMap<string, VehicleType> = new Map([
  ['DEFAULT_VEHTYPE', CAR],
  ['DEFAULT_TAXITYPE', CAR],
  ['DEFAULT_BIKETYPE', { ...CAR, ...CLASSES['bicycle'] }],
])

const SMALLEST = 1e-3

/** @throws ERR_FILE_INVALID naming the attribute that is no number above 0 */
export function vehicleType(element: XmlElement): VehicleType {
  const vehicleClass = element.optionalText('vClass') ?? 'passenger'
  const base = { ...CAR, ...CLASSES[vehicleClass] }
  const value = (name: keyof VehicleType, least = SMALLEST) => element.optionalNumber(name, base[name], least)
  return {
    length: value('length'),
    width: value('width'),
    accel: value('accel'),
    decel: value('decel'),
    minGap: value('minGap', 0),
    maxSpeed: value('maxSpeed'),
    tau: value('tau', 0),
  }
}

/**
 * @param speed limit of the fastest lane on the way, m/s. A vehicle that could go faster never does; but how far ahead
 * CityFlow lets it brake for a turn grows with the square of what it could.
 */
export function vehicleEntry(type: VehicleType, speed: number): VehicleEntry {
  const { length, width, accel, decel, minGap, maxSpeed, tau } = type
  return {
    length,
    width,
    maxPosAcc: accel,
    maxNegAcc: decel,
    usualPosAcc: accel,
    usualNegAcc: decel,
    minGap,
    maxSpeed: Math.min(maxSpeed, speed),
    headwayTime: tau,
  }
}
