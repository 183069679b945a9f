import * as C from './codes.ts'

/**
 * Writes a row of `types`.
 *
 * @param numbers as `VEHICLE_FIELDS` names them
 * @param interval seconds of a step
 */
export function writeType(types: Float64Array, row: number, numbers: Float64Array, interval: number): void {
  const out = types.subarray(row * C.TYPE_NUMBERS, (row + 1) * C.TYPE_NUMBERS)
  out.set(numbers)
  const top = out[C.TYPE_MAX_SPEED]!
  out[C.TYPE_LOOK_AHEAD] = (top * top) / out[C.TYPE_USUAL_NEG_ACC]! / 2 + top * interval * 2
}

/** The row that has these numbers, or the first that has none; −1 when all are others. */
export function rowFor(types: Float64Array, numbers: Float64Array): number {
  for (let row = 0; row * C.TYPE_NUMBERS < types.length; row++) {
    const at = row * C.TYPE_NUMBERS
    if (types[at + C.TYPE_LENGTH] === 0 || numbers.every((value, i) => types[at + i] === value)) return row
  }
  return -1
}
