import { join } from 'node:path'
import t from 'tap'
import type { Solution } from '../../../runtime/launch/commands/solve.ts'
import { MEASURED, resultOf, runAll } from './_cli.ts'

/** Three players who each want to be the only one to stay: three pure equilibria in which one stays, and others that mix. */
const ONLY_ONE = `
players: { a: [stay, go], b: [stay, go], c: [stay, go] }
payoffs:
  - [[[-1, -1, -1], [-1, -1, 0]], [[-1, 0, -1], [2, 0, 0]]]
  - [[[0, -1, -1], [0, 2, 0]], [[0, 0, 2], [0, 0, 0]]]
`

t.test('solve prints equilibria as a table, and as one object with --json', async (t) => {
  const folder = t.testdir({ 'three.yaml': ONLY_ONE, 'wrong.yaml': 'players: { a: [x] }\npayoffs: [[1, 2]]' })
  const [sexes, pennies, json, random, again, three, none, unknown, missing, wrong] = await runAll(
    [
      ['solve', 'battle-of-the-sexes'],
      ['solve', 'matching-pennies'],
      ['solve', 'rock-paper-scissors', '--json'],
      ['solve', 'random-cyclic', '--game-seed', '7', '--json'],
      ['solve', 'random-cyclic', '--game-seed', '7', '--seed', '3', '--json'],
      ['solve', join(folder, 'three.yaml'), '--json'],
      ['solve'],
      ['solve', 'coordinaton'],
      ['solve', join(folder, 'nowhere.yaml')],
      ['solve', join(folder, 'wrong.yaml')],
    ],
    MEASURED,
  )
  t.equal(sexes!.code, 0)
  t.match(sexes!.stdout, /^battle-of-the-sexes: 2 × 2 actions\n/)
  t.match(sexes!.stdout, /^ +1 +his +his +2, 1 +0 +supports$/m)
  t.match(sexes!.stdout, /^ +3 +0\.6667 his, 0\.3333 hers +0\.3333 his, 0\.6667 hers +0\.6667, 0\.6667 /m)
  t.match(pennies!.stdout, /^value 0 to row: it makes sure of that by 0\.5 heads, 0\.5 tails, and column /m)

  t.equal(json!.stdout.split('\n').length, 2)
  const solved = resultOf<Solution>(json!)
  t.same(Object.keys(solved), [
    'game',
    'gameSeed',
    'players',
    'actions',
    'zeroSum',
    'minimax',
    'complete',
    'equilibria',
    'seed',
  ])
  t.match(solved, {
    players: ['row', 'column'],
    actions: [['rock', 'paper', 'scissors']],
    zeroSum: true,
    complete: true,
  })
  const [even] = solved.equilibria
  t.ok([...even!.strategies, ...solved.minimax!.strategies].flat().every((p) => Math.abs(p - 1 / 3) < 1e-9))
  t.ok(Math.abs(solved.minimax!.value) < 1e-9)

  t.same(resultOf<Solution>(random!).equilibria, resultOf<Solution>(again!).equilibria)
  t.equal(resultOf<Solution>(random!).equilibria.length, 1)

  const ofThree = resultOf<Solution>(three!)
  t.notOk(ofThree.complete)
  t.same(
    ofThree.equilibria.map(({ payoffs }) => payoffs),
    [
      [2, 0, 0],
      [0, 2, 0],
      [0, 0, 2],
    ],
  )

  t.same(
    [none, unknown, missing, wrong].map((ended) => ended!.code),
    [2, 2, 2, 2],
  )
  t.match(none!.stderr, /game: name one: prisoners-dilemma, .*, or the path of a YAML or JSON file/)
  t.match(unknown!.stderr, /did you mean coordination\?/)
  t.match(missing!.stderr, /nowhere\.yaml: cannot be read/)
  t.match(
    wrong!.stderr,
    /wrong\.yaml: at payoffs\.0: expected a list of 1, what each player is paid, got a list of 2/,
  )
})
