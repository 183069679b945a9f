// AssemblyScript: rows of floats, four at a time. Bytes of a row are a multiple of 16.

/** out += factor · row. */
// @ts-ignore: decorator
@inline
export function addRow(row: usize, bytes: usize, factor: f32, out: usize): void {
  const factors = f32x4.splat(factor)
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(out + at, f32x4.add(v128.load(out + at), f32x4.mul(factors, v128.load(row + at))))
  }
}

// @ts-ignore: decorator
@inline
export function dot(a: usize, b: usize, bytes: usize): f32 {
  let sum = f32x4.splat(0)
  for (let at: usize = 0; at < bytes; at += 16) {
    sum = f32x4.add(sum, f32x4.mul(v128.load(a + at), v128.load(b + at)))
  }
  const even = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 2)
  return even + (f32x4.extract_lane(sum, 1) + f32x4.extract_lane(sum, 3))
}

/** Beyond it, tanh is ±1 as a float. */
const BOUND: f32 = 7.90531110763549805

/**
 * x ← tanh x over a row, within 3e-7: an odd polynomial over an even one, as in the Eigen library.
 */
export function tanhRow(row: usize, bytes: usize): void {
  const end = row + bytes
  for (; row < end; row += 16) {
    const x = f32x4.max(f32x4.min(v128.load(row), f32x4.splat(BOUND)), f32x4.splat(-BOUND))
    const square = f32x4.mul(x, x)
    let odd = f32x4.splat(-2.76076847742355e-16)
    odd = horner(odd, square, 2.00018790482477e-13)
    odd = horner(odd, square, -8.60467152213735e-11)
    odd = horner(odd, square, 5.12229709037114e-8)
    odd = horner(odd, square, 1.48572235717979e-5)
    odd = horner(odd, square, 6.37261928875436e-4)
    odd = horner(odd, square, 4.89352455891786e-3)
    let even = f32x4.splat(1.19825839466702e-6)
    even = horner(even, square, 1.18534705686654e-4)
    even = horner(even, square, 2.268434632439e-3)
    even = horner(even, square, 4.89352518554385e-3)
    v128.store(row, f32x4.div(f32x4.mul(x, odd), even))
  }
}

// @ts-ignore: decorator
@inline
function horner(sum: v128, x: v128, next: f32): v128 {
  return f32x4.add(f32x4.mul(sum, x), f32x4.splat(next))
}
