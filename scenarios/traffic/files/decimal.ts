const PLUS = 0x2b
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const LOWER_E = 0x65

/** So many digits are a safe integer, whichever they are. */
const LONGEST_SAFE = 15
/** Digits that rapidjson reads into a significand, not counting the first. */
const MOST_DIGITS = 17
const POWERS_OF_TEN = Float64Array.from({ length: 309 }, (_, exponent) => Number(`1e${exponent}`))
const LARGEST_EXPONENT = POWERS_OF_TEN.length - 1
const LARGEST_INT64 = 2n ** 63n
const LARGEST_UINT64 = 2n ** 64n - 1n
const TENTH_OF_LARGEST = Number.MAX_VALUE / 10
const HALF_BITS = 2 ** 26
/** Ten times less than this is a safe integer, a digit added. */
const TENTH_OF_SAFE = 9e14
const TOO_LARGE = 'a number that fits a double'

/**
 * Reads numbers as rapidjson 1.1 does in its default, normal precision: up to a few units in the last place beside the
 * nearest double. CityFlow reads its files so, and its trajectories follow from the very bits. It differs in numbers that
 * no double holds: these are refused, where rapidjson makes some of them infinite.
 *
 * @see rapidjson 1.1.0, reader.h (ParseNumber), internal/strtod.h (StrtodNormalPrecision)
 */
export class DecimalReader {
  /** The number read last; whether it was written as an integer, and of 64 bits at most. */
  value = 0
  isInteger = false
  /** Byte behind the number, or where it breaks off. */
  end = 0
  /** What was expected at `end`, where it is no number. */
  expected = ''
  readonly #bytes: Uint8Array
  #significand = 0
  /** Digits in the significand, as rapidjson counts them: not the first, and no zeros in front. */
  #digits = 0
  #exponent = 0

  /** @param bytes text with a closing 0 */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Reads the number at a byte; false, with `expected` and `end`, when it is none. */
  read(start: number): boolean {
    const bytes = this.#bytes
    const isNegative = bytes[start] === MINUS
    this.end = isNegative ? start + 1 : start
    this.#exponent = 0
    if (!this.#readInteger(isNegative)) return false
    if (bytes[this.end] === DOT && !this.#readFraction()) return false
    if ((bytes[this.end]! | 0x20) === LOWER_E && !this.#readExponent(start)) return false
    const value =
      this.#exponent === 0 ? this.#significand : scaleByPowerOfTen(this.#significand, this.#exponent)
    if (value === Infinity) return this.#fail(start, TOO_LARGE)
    // As an integer −0 is 0.
    this.value = isNegative && !(this.isInteger && value === 0) ? -value : value
    return true
  }

  #readInteger(isNegative: boolean): boolean {
    const bytes = this.#bytes
    const start = this.end
    let at = start
    let digit = bytes[at]! - ZERO
    let significand = 0
    // A leading 0 stands alone: a digit behind it is refused as what cannot follow a value.
    if (digit === 0) at++
    else for (; digit >= 0 && digit <= 9; digit = bytes[++at]! - ZERO) significand = significand * 10 + digit
    this.end = at
    if (at === start) return this.#fail(at, 'a digit')
    this.#significand = significand
    this.#digits = at - start - 1
    this.isInteger = true
    return at - start <= LONGEST_SAFE || this.#readLongInteger(start, isNegative)
  }

  /** Takes digits as an integer while 64 bits hold it, and one by one in floating point from there. */
  #readLongInteger(start: number, isNegative: boolean): boolean {
    const digits = Buffer.from(this.#bytes.subarray(start, this.end)).toString('latin1')
    const limit = isNegative ? LARGEST_INT64 : LARGEST_UINT64
    let length = Math.min(digits.length, 20)
    while (BigInt(digits.slice(0, length)) > limit) length--
    let significand = Number(BigInt(digits.slice(0, length)))
    for (let i = length; i < digits.length; i++) {
      if (significand >= TENTH_OF_LARGEST) return this.#fail(start, TOO_LARGE)
      significand = significand * 10 + Number(digits[i])
    }
    this.#significand = significand
    this.#digits = length - 1
    this.isInteger = length === digits.length
    return true
  }

  #readFraction(): boolean {
    const bytes = this.#bytes
    const start = this.end + 1
    let at = start
    let digit = bytes[at]! - ZERO
    let significand = this.#significand
    let digits = this.#digits
    // What is an integer so far goes on as one, until 53 bits are passed.
    if (this.isInteger) {
      for (
        ;
        digit >= 0 && digit <= 9 && significand <= Number.MAX_SAFE_INTEGER;
        digit = bytes[++at]! - ZERO
      ) {
        significand = timesTenPlus(significand, digit)
        this.#exponent--
        if (significand !== 0) digits++
      }
    }
    for (; digit >= 0 && digit <= 9; digit = bytes[++at]! - ZERO) {
      if (digits >= MOST_DIGITS) continue
      significand = significand * 10 + digit
      this.#exponent--
      digits++
    }
    this.#significand = significand
    this.isInteger = false
    this.end = at
    return at > start || this.#fail(at, 'a digit behind the point')
  }

  #readExponent(numberStart: number): boolean {
    const bytes = this.#bytes
    let at = this.end + 1
    const isNegative = bytes[at] === MINUS
    if (isNegative || bytes[at] === PLUS) at++
    const start = at
    let written = 0
    for (let digit = bytes[at]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[++at]! - ZERO) {
      // A cap far beyond all exponents of doubles, so that many digits don't overflow.
      written = Math.min(written * 10 + digit, 1e8)
    }
    this.isInteger = false
    this.end = at
    if (at === start) return this.#fail(at, 'a digit in the exponent')
    if (!isNegative && written > LARGEST_EXPONENT - this.#exponent) return this.#fail(numberStart, TOO_LARGE)
    this.#exponent += isNegative ? -written : written
    return true
  }

  #fail(at: number, expected: string): false {
    this.end = at
    this.expected = expected
    return false
  }
}

/** `10 · significand + digit`, rounded once, for a safe integer. */
function timesTenPlus(significand: number, digit: number): number {
  if (significand < TENTH_OF_SAFE) return significand * 10 + digit
  const high = Math.floor(significand / HALF_BITS)
  const low = significand - high * HALF_BITS
  return high * 10 * HALF_BITS + (low * 10 + digit)
}

/** `significand · 10^exponent` in one rounding, or in two below 10^−308. */
function scaleByPowerOfTen(significand: number, exponent: number): number {
  if (exponent >= 0) return significand * POWERS_OF_TEN[exponent]!
  if (exponent >= -LARGEST_EXPONENT) return significand / POWERS_OF_TEN[-exponent]!
  const rest = -exponent - LARGEST_EXPONENT
  if (rest > LARGEST_EXPONENT) return 0
  return significand / POWERS_OF_TEN[LARGEST_EXPONENT]! / POWERS_OF_TEN[rest]!
}
