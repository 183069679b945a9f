// AssemblyScript: numbers as text, as CityFlow writes them: Grisu2 (Loitsch, 2010) in Milo Yip's version, whose digits
// read back as the same number, but are not always the nearest or the fewest.

/** The nearest 64-bit multiples of powers of 2 to 10^−348, 10^−340 … 10^340. */
// @ts-ignore: decorator
@lazy
const POWERS: usize = memory.data<u64>([
  0xfa8fd5a0081c0288, 0xbaaee17fa23ebf76, 0x8b16fb203055ac76, 0xcf42894a5dce35ea, 0x9a6bb0aa55653b2d,
  0xe61acf033d1a45df, 0xab70fe17c79ac6ca, 0xff77b1fcbebcdc4f, 0xbe5691ef416bd60c, 0x8dd01fad907ffc3c,
  0xd3515c2831559a83, 0x9d71ac8fada6c9b5, 0xea9c227723ee8bcb, 0xaecc49914078536d, 0x823c12795db6ce57,
  0xc21094364dfb5637, 0x9096ea6f3848984f, 0xd77485cb25823ac7, 0xa086cfcd97bf97f4, 0xef340a98172aace5,
  0xb23867fb2a35b28e, 0x84c8d4dfd2c63f3b, 0xc5dd44271ad3cdba, 0x936b9fcebb25c996, 0xdbac6c247d62a584,
  0xa3ab66580d5fdaf6, 0xf3e2f893dec3f126, 0xb5b5ada8aaff80b8, 0x87625f056c7c4a8b, 0xc9bcff6034c13053,
  0x964e858c91ba2655, 0xdff9772470297ebd, 0xa6dfbd9fb8e5b88f, 0xf8a95fcf88747d94, 0xb94470938fa89bcf,
  0x8a08f0f8bf0f156b, 0xcdb02555653131b6, 0x993fe2c6d07b7fac, 0xe45c10c42a2b3b06, 0xaa242499697392d3,
  0xfd87b5f28300ca0e, 0xbce5086492111aeb, 0x8cbccc096f5088cc, 0xd1b71758e219652c, 0x9c40000000000000,
  0xe8d4a51000000000, 0xad78ebc5ac620000, 0x813f3978f8940984, 0xc097ce7bc90715b3, 0x8f7e32ce7bea5c70,
  0xd5d238a4abe98068, 0x9f4f2726179a2245, 0xed63a231d4c4fb27, 0xb0de65388cc8ada8, 0x83c7088e1aab65db,
  0xc45d1df942711d9a, 0x924d692ca61be758, 0xda01ee641a708dea, 0xa26da3999aef774a, 0xf209787bb47d6b85,
  0xb454e4a179dd1877, 0x865b86925b9bc5c2, 0xc83553c5c8965d3d, 0x952ab45cfa97a0b3, 0xde469fbd99a05fe3,
  0xa59bc234db398c25, 0xf6c69a72a3989f5c, 0xb7dcbf5354e9bece, 0x88fcf317f22241e2, 0xcc20ce9bd35c78a5,
  0x98165af37b2153df, 0xe2a0b5dc971f303a, 0xa8d9d1535ce3b396, 0xfb9b7cd9a4a7443c, 0xbb764c4ca7a44410,
  0x8bab8eefb6409c1a, 0xd01fef10a657842c, 0x9b10a4e5e9913129, 0xe7109bfba19c0c9d, 0xac2820d9623bf429,
  0x80444b5e7aa7cf85, 0xbf21e44003acdd2d, 0x8e679c2f5e44ff8f, 0xd433179d9c8cb841, 0x9e19db92b4e31ba9,
  0xeb96bf6ebadf77d9, 0xaf87023b9bf0ee6b,
])
/** What a 64-bit float takes at most, and some more. */
// @ts-ignore: decorator
@lazy
const TEXT: usize = memory.data(40)

const DOT = 0x2e
const MINUS = 0x2d
const ZERO = 0x30
const LETTER_E = 0x65

const FRACTION_BITS = 52
const HIDDEN: u64 = 1 << FRACTION_BITS
/** From an exponent's bits to the power of 2 of a fraction's last bit. */
const BIAS = 1075

/** Decimal exponent of the last digit that `writeDigits` wrote. */
let exponent = 0

/** Address of what `formatNumber` wrote. */
export function formatted(): usize {
  return TEXT
}

/** Writes a finite number, with a decimal point or an exponent, in ASCII. Returns its characters. */
export function formatNumber(value: f64): i32 {
  if (value == 0) {
    store<u8>(TEXT, ZERO)
    store<u8>(TEXT, DOT, 1)
    store<u8>(TEXT, ZERO, 2)
    return 3
  }
  const sign = <i32>(value < 0)
  store<u8>(TEXT, MINUS)
  const out = TEXT + <usize>sign
  return sign + layOut(out, writeDigits(out, abs(value)))
}

// @ts-ignore: decorator
@inline
function put(out: usize, index: i32, character: i32): void {
  store<u8>(out + <usize>index, <u8>character)
}

/** High half of a product, rounded. */
function multiply(x: u64, y: u64): u64 {
  const low: u64 = 0xffffffff
  const xLow = x & low
  const xHigh = x >> 32
  const yLow = y & low
  const yHigh = y >> 32
  const lowHigh = xLow * yHigh
  const highLow = xHigh * yLow
  const middle = ((xLow * yLow) >> 32) + (lowHigh & low) + (highLow & low) + (1 << 31)
  return xHigh * yHigh + (lowHigh >> 32) + (highLow >> 32) + (middle >> 32)
}

/** Digits of a number above 0, without a point; sets `exponent`. Returns how many. */
function writeDigits(out: usize, value: f64): i32 {
  const bits = reinterpret<u64>(value)
  const biased = <i32>(bits >> FRACTION_BITS)
  const isNormal = biased != 0
  const fraction = (bits & (HIDDEN - 1)) | (isNormal ? HIDDEN : 0)
  const power = isNormal ? biased - BIAS : 1 - BIAS
  // The number itself and the ends of what reads back as it, all as multiples of one power of 2.
  const shift = <i32>clz((fraction << 1) + 1)
  const top = power - 1 - shift
  const upper = ((fraction << 1) + 1) << shift
  const lower = fraction == HIDDEN ? ((fraction << 2) - 1) << (shift - 1) : ((fraction << 1) - 1) << shift
  const middle = fraction << (shift + 1)
  const index = (<i32>Math.ceil(<f64>(-61 - top) * 0.30102999566398114 + 347) >> 3) + 1
  const ten = -348 + (index << 3)
  exponent = -ten
  const scale = load<u64>(POWERS + (<usize>index << 3))
  const scaleTop = <i32>Math.floor(<f64>ten * 3.321928094887362) - 63
  const high = multiply(upper, scale) - 1
  return generate(out, multiply(middle, scale), high, high - multiply(lower, scale) - 1, -(top + scaleTop + 64))
}

/**
 * @param high  the highest that reads back as the number, with `point` bits behind the point
 * @param range how far below it others do
 */
function generate(out: usize, middle: u64, high: u64, range: u64, point: i32): i32 {
  const one: u64 = <u64>1 << point
  let whole = <u32>(high >> point)
  let rest = high & (one - 1)
  let delta = range
  let distance = high - middle
  let digits = 0
  let left = 1
  let tens: u32 = 1
  for (; left < 10 && whole / tens >= 10; left++) tens *= 10
  for (; left > 0; tens /= 10) {
    const digit = whole / tens
    whole %= tens
    if (digit != 0 || digits != 0) put(out, digits++, ZERO + digit)
    left--
    const remaining = (<u64>whole << point) + rest
    if (remaining <= delta) {
      exponent += left
      approach(out + <usize>(digits - 1), delta, remaining, <u64>tens << point, distance)
      return digits
    }
  }
  let factor: u64 = 1
  let places = 0
  do {
    rest *= 10
    delta *= 10
    factor *= 10
    places++
    const digit = <i32>(rest >> point)
    if (digit != 0 || digits != 0) put(out, digits++, ZERO + digit)
    rest &= one - 1
  } while (rest >= delta)
  exponent -= places
  // Beyond nine places the version that CityFlow has takes the digit as it is.
  approach(out + <usize>(digits - 1), delta, rest, one, places < 9 ? distance * factor : 0)
  return digits
}

/** Lowers the last digit as long as that brings it nearer to the number. */
function approach(last: usize, range: u64, remaining: u64, unit: u64, distance: u64): void {
  let rest = remaining
  while (
    rest < distance &&
    range - rest >= unit &&
    (rest + unit < distance || distance - rest > rest + unit - distance)
  ) {
    store<u8>(last, load<u8>(last) - 1)
    rest += unit
  }
}

/** Puts the point, zeros or an exponent between and behind digits. Returns the characters in all. */
function layOut(out: usize, digits: i32): i32 {
  const point = digits + exponent
  if (digits <= point && point <= 21) {
    memory.fill(out + <usize>digits, <u8>ZERO, <usize>exponent)
    put(out, point, DOT)
    put(out, point + 1, ZERO)
    return point + 2
  }
  if (0 < point && point <= 21) {
    memory.copy(out + <usize>point + 1, out + <usize>point, <usize>(digits - point))
    put(out, point, DOT)
    return digits + 1
  }
  if (-6 < point && point <= 0) {
    const zeros = 2 - point
    memory.copy(out + <usize>zeros, out, <usize>digits)
    memory.fill(out, <u8>ZERO, <usize>zeros)
    put(out, 1, DOT)
    return zeros + digits
  }
  let length = digits
  if (digits > 1) {
    memory.copy(out + 2, out + 1, <usize>(digits - 1))
    put(out, 1, DOT)
    length++
  }
  put(out, length++, LETTER_E)
  return length + writeExponent(out + <usize>length, point - 1)
}

function writeExponent(out: usize, power: i32): i32 {
  let length = 0
  if (power < 0) put(out, length++, MINUS)
  const size = abs(power)
  if (size >= 100) put(out, length++, ZERO + size / 100)
  if (size >= 10) put(out, length++, ZERO + (size / 10) % 10)
  put(out, length++, ZERO + (size % 10))
  return length
}
