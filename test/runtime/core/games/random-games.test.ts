import t from 'tap'
import { twoByTwoEquilibria } from '../../../../learners/games/two-by-two.ts'
import { GAME_KINDS, type GameKind, randomGame } from '../../../../runtime/core/games/random-games.ts'
import { Random, Stream, seedKey } from '../../../../runtime/core/rng.ts'

const SEEDS = Array.from({ length: 300 }, (_, seed) => seed)

/** a, b, c, d of the row and e, g, f, h of the column. */
function payoffsOf(kind: GameKind, seed: number): readonly [number[], number[]] {
  const { payoffs } = randomGame(kind, seed)
  return [[...payoffs[0]!], [...payoffs[1]!]]
}

/** Signs of a − c, b − d, e − g and f − h. */
function replies(kind: GameKind, seed: number): string {
  const [[a, b, c, d], [e, g, f, h]] = payoffsOf(kind, seed) as [number[], number[]]
  return [a! - c!, b! - d!, e! - g!, f! - h!].map((gain) => (gain > 0 ? '+' : '−')).join('')
}

t.test('best replies are those of the kind', async (t) => {
  t.same(new Set(SEEDS.map((seed) => replies('coordination', seed))), new Set(['+−+−']))
  t.same(new Set(SEEDS.map((seed) => replies('anticoordination', seed))), new Set(['−+−+']))
  t.same(new Set(SEEDS.map((seed) => replies('cyclic', seed))), new Set(['+−−+', '−++−']))
})

t.test(
  'games of two kinds have two pure equilibria and a mixed one, cyclic ones a mixed one alone',
  async (t) => {
    const isPure = (point: readonly number[]) => point.every((first) => first === 0 || first === 1)
    for (const kind of GAME_KINDS) {
      for (const seed of SEEDS) {
        const equilibria = twoByTwoEquilibria(randomGame(kind, seed))
        const mixed = equilibria.filter((point) => point.every((first) => first > 0 && first < 1))
        t.same([equilibria.filter(isPure).length, mixed.length], [kind === 'cyclic' ? 0 : 2, 1])
        if (kind === 'coordination')
          t.same(equilibria.slice(0, 2), [
            [1, 1],
            [0, 0],
          ])
        if (kind === 'anticoordination')
          t.same(equilibria.slice(0, 2), [
            [1, 0],
            [0, 1],
          ])
      }
    }
  },
)

t.test('coordination games are sums of the draws', async (t) => {
  const random = new Random(seedKey(41))
  const u = Array.from({ length: 8 }, (_, i) => random.uniform(Stream.game, 0, i))
  const sum = (from: number, to: number) => u.slice(from, to).reduce((a, b) => a + b, 0)
  const [row, column] = payoffsOf('coordination', 41)
  const far = (payoffs: readonly number[], expected: readonly number[]) =>
    Math.max(...payoffs.map((payoff, i) => Math.abs(payoff - expected[i]!)))
  t.ok(far(row, [sum(0, 4), u[0]!, sum(0, 3), sum(0, 2)]) < 1e-12)
  t.ok(far(column, [sum(4, 6), u[4]!, u[6]!, sum(6, 8)]) < 1e-12)
})

t.test('payoffs of the other kinds lie where the recipe puts them', async (t) => {
  let [firsts, circles] = [0, 0]
  for (const seed of SEEDS) {
    const [[a, b, c, d]] = payoffsOf('anticoordination', seed) as [[number, number, number, number], number[]]
    t.ok(a > -2 && a <= -1 && c >= a && c < a + 1)
    const isFirst = b > 0.8
    if (isFirst) {
      firsts++
      t.ok(b <= -a && b > -a - 0.1 && d <= Math.min(-c, b) && d > Math.min(-c, b) - 0.1)
    } else {
      t.ok(d >= c && d < c + 0.1 && b >= d && b < d + 0.1)
    }
    const [[A, B, C, D], [E]] = payoffsOf('cyclic', seed) as [[number, number, number, number], number[]]
    if (A > 0) {
      circles++
      t.ok(A >= 0.5 && A < 1.5 && C >= -A && C < 0.1 - A && D <= -C && D > -C - 0.1 && B <= D && B > D - 0.1)
      t.ok(E! < 1)
    } else {
      t.ok(C >= 0.5 && C < 1.5 && A >= -C && A < 0.1 - C && B <= -A && B > -A - 0.1 && D <= B && D > B - 0.1)
    }
  }
  for (const count of [firsts, circles]) t.ok(Math.abs(count - 150) < 30, `${count} of 300`)
})

t.test('a seed has one game of each kind', async (t) => {
  for (const kind of GAME_KINDS) {
    t.same(randomGame(kind, 7), randomGame(kind, 7))
    t.equal(new Set(SEEDS.map((seed) => payoffsOf(kind, seed).join())).size, SEEDS.length)
  }
})
