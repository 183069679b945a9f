/**
 * Numbers from decimal digits as rapidjson 1.1 makes them in its default, normal precision: up to two units in the last
 * place beside the nearest double. CityFlow reads its files so, and its trajectories follow from the very bits.
 *
 * @see rapidjson 1.1.0, reader.h (ParseNumber), internal/strtod.h (StrtodNormalPrecision)
 */

/** So many digits are a safe integer, whichever they are. */
export const LONGEST_EXACT = 15

const POWERS_OF_TEN = Float64Array.from({ length: 309 }, (_, exponent) => Number(`1e${exponent}`))
const LARGEST_INT64 = 2n ** 63n
const LARGEST_UINT64 = 2n ** 64n - 1n
const TENTH_OF_LARGEST = Number.MAX_VALUE / 10
const HALF_BITS = 2 ** 26

/** `10 · significand + digit`, rounded once, for a safe integer. */
export function timesTenPlus(significand: number, digit: number): number {
  if (significand < 9e14) return significand * 10 + digit
  const high = Math.floor(significand / HALF_BITS)
  const low = significand - high * HALF_BITS
  return high * 10 * HALF_BITS + (low * 10 + digit)
}

/** `significand · 10^exponent` in one rounding, or two below 10^−308. */
export function scaleByPowerOfTen(significand: number, exponent: number): number {
  if (exponent >= 0) return significand * POWERS_OF_TEN[exponent]!
  if (exponent >= -308) return significand / POWERS_OF_TEN[-exponent]!
  const rest = -exponent - 308
  return rest > 308 ? 0 : significand / POWERS_OF_TEN[308]! / POWERS_OF_TEN[rest]!
}

/** What many digits in front of the point make, in floating point behind 64 bits; Infinity when it is too much. */
export function largeNumber(
  digits: string,
  isNegative: boolean,
): { readonly value: number; readonly fits64: boolean; readonly significantDigits: number } {
  const limit = isNegative ? LARGEST_INT64 : LARGEST_UINT64
  let length = Math.min(digits.length, 20)
  while (BigInt(digits.slice(0, length)) > limit) length--
  let value = Number(BigInt(digits.slice(0, length)))
  for (let i = length; i < digits.length; i++) {
    value = value < TENTH_OF_LARGEST ? value * 10 + Number(digits[i]) : Infinity
  }
  return { value, fits64: length === digits.length, significantDigits: length - 1 }
}
