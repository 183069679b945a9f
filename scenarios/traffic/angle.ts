/** Bits behind the point of the integers that stand for fractions here. */
const BITS = 160n
const ONE = 1n << BITS
/** Makes integers of a direction's numbers, of which only the ratio counts. */
const SCALE = 2 ** 500

/**
 * The angle of a direction in radians, as the nearest float: what the C library gives CityFlow. `Math.atan2` may be off
 * by a unit in the last place.
 */
export function angleOf(x: number, y: number): number {
  if (x === 0 || y === 0) return Math.atan2(y, x)
  const [along, across] = [toInteger(Math.abs(x)), toInteger(Math.abs(y))]
  const acute = along >= across ? atan(across, along) : QUARTER_TURN - atan(along, across)
  const angle = toFloat(x > 0 ? acute : 2n * QUARTER_TURN - acute)
  return y > 0 ? angle : -angle
}

/** atan(y / x) for 0 < y ≤ x, by Euler's series Σ 2²ⁿ (n!)² / (2n + 1)! · t²ⁿ⁺¹ / (1 + t²)ⁿ⁺¹. */
function atan(y: bigint, x: bigint): bigint {
  const square = x * x + y * y
  const ratio = (y * y * ONE) / square
  let term = (x * y * ONE) / square
  let sum = 0n
  for (let n = 1n; term > 0n; n++) {
    sum += term
    term = (((term * ratio) >> BITS) * 2n * n) / (2n * n + 1n)
  }
  return sum
}

const QUARTER_TURN = 2n * atan(1n, 1n)

function toInteger(value: number): bigint {
  return BigInt(Math.round(value * SCALE))
}

function toFloat(fraction: bigint): number {
  return Number(fraction) / Number(ONE)
}
