import fc from 'fast-check'
import t from 'tap'
import { episodeKey, philox4x32, Random, Stream, seedKey, toUniform } from '../../../runtime/core/rng.ts'

fc.configureGlobal({ seed: 2026 })

type Word4 = readonly [number, number, number, number]
type Word2 = readonly [number, number]

function philox(key: Word2, counter: Word4): string {
  const out = new Uint32Array(4)
  philox4x32(...key, ...counter, out)
  return [...out].map((word) => word.toString(16).padStart(8, '0')).join(' ')
}

/** Philox4x32-10 as the paper writes it, in 64-bit products. */
function philoxSlow(key: Word2, counter: Word4): string {
  const word = (value: bigint) => value & 0xffff_ffffn
  let [c0, c1, c2, c3] = counter.map((value) => BigInt(value >>> 0)) as [bigint, bigint, bigint, bigint]
  let [k0, k1] = key.map((value) => BigInt(value >>> 0)) as [bigint, bigint]
  for (let round = 0; round < 10; round++) {
    const product0 = 0xd251_1f53n * c0
    const product1 = 0xcd9e_8d57n * c2
    ;[c0, c1, c2, c3] = [
      (product1 >> 32n) ^ c1 ^ k0,
      word(product1),
      (product0 >> 32n) ^ c3 ^ k1,
      word(product0),
    ]
    k0 = word(k0 + 0x9e37_79b9n)
    k1 = word(k1 + 0xbb67_ae85n)
  }
  return [c0, c1, c2, c3].map((value) => value.toString(16).padStart(8, '0')).join(' ')
}

/** Pearson's χ² of counts against equal ones. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

t.test("Philox4x32-10 gives the known answers of Random123's kat_vectors", async (t) => {
  const ones = 0xffff_ffff
  t.equal(philox([0, 0], [0, 0, 0, 0]), '6627e8d5 e169c58d bc57ac4c 9b00dbd8')
  t.equal(philox([ones, ones], [ones, ones, ones, ones]), '408f276d 41c83b0e a20bc7c6 6d5451fd')
  t.equal(
    philox([0xa409_3822, 0x299f_31d0], [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344]),
    'd16cfe09 94fdcceb 5001e420 24126ea1',
  )
})

t.test('every key and counter gives what the 64-bit definition gives', async () => {
  const word = fc.integer({ min: 0, max: 0xffff_ffff })
  fc.assert(
    fc.property(
      fc.tuple(word, word),
      fc.tuple(word, word, word, word),
      (key, counter) => philox(key, counter) === philoxSlow(key, counter),
    ),
    { numRuns: 300 },
  )
})

t.test('a draw does not depend on what was drawn before it', async (t) => {
  const places = Array.from({ length: 500 }, (_, i) => [i % 5, i % 7, i, i % 3] as const)
  const inOrder = new Random(seedKey(11))
  const expected = places.map((place) => inOrder.uniform(...place))
  const backwards = new Random(seedKey(11))
  const got = places.map(() => 0)
  for (let i = places.length - 1; i >= 0; i--) {
    backwards.normal(1, 2, 3)
    got[i] = backwards.uniform(...places[i]!)
  }
  t.same(got, expected)
})

t.test('stream, step, entity, lane and both halves of the key all tell draws apart', async (t) => {
  const draws = new Set<string>()
  let count = 0
  for (const key of [Uint32Array.of(1, 0), Uint32Array.of(0, 1), Uint32Array.of(1, 1)]) {
    const random = new Random(key)
    for (let place = 0; place < 625; place++) {
      random.draw(place % 5, Math.floor(place / 5) % 5, Math.floor(place / 25) % 5, Math.floor(place / 125))
      draws.add(random.words.join(' '))
      count++
    }
  }
  t.equal(draws.size, count)
})

t.test('uniforms lie in [0, 1) and fill 64 bins evenly, in each of the four words', async (t) => {
  const random = new Random(seedKey(3))
  const bins = Array.from({ length: 4 }, () => Array.from({ length: 64 }, () => 0))
  let inside = true
  for (let entity = 0; entity < 65_536; entity++) {
    random.draw(Stream.action, 1, entity)
    for (let word = 0; word < 4; word++) {
      const value = toUniform(random.words[word]!)
      inside &&= value >= 0 && value < 1
      bins[word]![Math.floor(value * 64)]!++
    }
  }
  t.ok(inside)
  t.ok(toUniform(0xffff_ffff) < 1)
  // 63 degrees of freedom: above 103 once in a thousand.
  for (const counts of bins) t.ok(chiSquare(counts) < 103, `χ² ${chiSquare(counts)}`)
})

t.test('consecutive entities, steps and lanes are uncorrelated', async (t) => {
  const random = new Random(seedKey(5))
  const draws = 20_000
  const neighbours = {
    entity: (i: number) => random.uniform(2, 0, i),
    step: (i: number) => random.uniform(2, i, 0),
    lane: (i: number) => random.uniform(2, 0, 0, i),
  }
  for (const [name, draw] of Object.entries(neighbours)) {
    let sum = 0
    for (let i = 0; i < draws; i++) sum += (draw(i) - 0.5) * (draw(i + 1) - 0.5)
    const correlation = (12 * sum) / draws
    t.ok(Math.abs(correlation) < 4 / Math.sqrt(draws), `${name} ${correlation}`)
  }
})

t.test('whole numbers below n are all reached and equally often', async (t) => {
  const random = new Random(seedKey(8))
  const counts = Array.from({ length: 21 }, () => 0)
  for (let entity = 0; entity < 21_000; entity++) counts[random.below(21, Stream.action, 0, entity)]!++
  t.ok(chiSquare(counts) < 46, `χ² ${chiSquare(counts)}`)
  t.equal(random.below(1, Stream.action, 0, 0), 0)
})

t.test('normals have mean 0, variance 1, a normal share inside one deviation, and are finite', async (t) => {
  const random = new Random(seedKey(13))
  const draws = 50_000
  let sum = 0
  let squares = 0
  let inside = 0
  for (let entity = 0; entity < draws; entity++) {
    const value = random.normal(Stream.weights, 0, entity)
    sum += value
    squares += value * value
    if (Math.abs(value) < 1) inside++
  }
  t.ok(Math.abs(sum / draws) < 0.02)
  t.ok(Math.abs(squares / draws - 1) < 0.03)
  t.ok(Math.abs(inside / draws - 0.6827) < 0.01)
})

t.test('a changed key changes the draws of whoever holds it', async (t) => {
  const key = seedKey(1)
  const random = new Random(key)
  const before = random.uniform(1, 2, 3)
  key[0] = 2
  t.not(random.uniform(1, 2, 3), before)
  t.equal(random.uniform(1, 2, 3), new Random(seedKey(2)).uniform(1, 2, 3))
})

t.test('seeds up to 2⁵³ have keys of their own', async (t) => {
  t.same([...seedKey(7)], [7, 0])
  t.same([...seedKey(2 ** 32)], [0, 1])
  t.same([...seedKey(2 ** 53 - 1)], [0xffff_ffff, 0x1f_ffff])
})

t.test('every episode of every world of every seed has a key of its own', async (t) => {
  const keys = new Set<string>()
  const out = new Uint32Array(2)
  for (let seed = 0; seed < 10; seed++) {
    for (let world = 0; world < 10; world++) {
      for (let episode = 0; episode < 10; episode++) {
        episodeKey(seed, world, episode, out)
        keys.add(out.join(' '))
      }
    }
  }
  t.equal(keys.size, 1000)
})

t.test('no two purposes share a stream', async (t) => {
  t.equal(new Set(Object.values(Stream)).size, Object.keys(Stream).length)
})
