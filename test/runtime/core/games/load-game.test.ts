import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { gameNames, loadGame } from '../../../../runtime/core/games/load-game.ts'
import { isZeroSum, jointAction, namesOf } from '../../../../runtime/core/games/normal-form.ts'
import { randomGame } from '../../../../runtime/core/games/random-games.ts'
import { showsFile } from '../../../fixtures/shown-file.ts'

const PRISONERS = `
players:
  row: [cooperate, defect]
  column: [cooperate, defect]
payoffs:
  - [[-1, -1], [-20, 0]]
  - [[0, -20], [-5, -5]]
`
const COIN = `
players: { even: [1, 2], odd: [1, 2, 3] }
matrices:
  even: [[1, -1, 0.5], [-1, 1, 0]]
`
const MAJORITY = JSON.stringify({
  players: { a: ['no', 'yes'], b: ['no', 'yes'], c: ['no', 'yes'] },
  matrices: {
    a: [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ],
    b: [
      [
        [0, 0],
        [0, 0],
      ],
      [
        [0, 0],
        [0, 1],
      ],
    ],
    c: [
      [
        [0, 0],
        [0, 0],
      ],
      [
        [0, 0],
        [0, 2],
      ],
    ],
  },
})

t.test('a file gives the same game as the name does', async (t) => {
  const folder = t.testdir({ 'pd.yaml': PRISONERS })
  t.same(loadGame(join(folder, 'pd.yaml')), loadGame('prisoners-dilemma'))
})

t.test('of a zero-sum game one matrix is enough, and names may be numbers', async (t) => {
  const folder = t.testdir({ 'coin.yaml': COIN })
  const game = loadGame(join(folder, 'coin.yaml'))
  t.same(game.actions, [2, 3])
  t.same([...game.payoffs[1]!], [-1, 1, -0.5, 1, -1, 0])
  t.ok(isZeroSum(game))
  t.same(namesOf(game), {
    players: ['even', 'odd'],
    actions: [
      ['1', '2'],
      ['1', '2', '3'],
    ],
  })
})

t.test('the page on games shows the example, and twice the same game', async (t) => {
  await showsFile(t, 'docs/games.md', 'examples/penalty.yaml')
  const page = await readFile(new URL('../../../../../docs/games.md', import.meta.url), 'utf8')
  const blocks = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block]) => block!)
  t.equal(blocks.length, 2)
  const folder = t.testdir(Object.fromEntries(blocks.map((block, i) => [`${i}.yaml`, block])))
  for (const i of blocks.keys()) t.same(loadGame(join(folder, `${i}.yaml`)), loadGame('prisoners-dilemma'))
})

t.test('a game of three, by matrices in JSON', async (t) => {
  const folder = t.testdir({ 'majority.json': MAJORITY })
  const { actions, payoffs } = loadGame(join(folder, 'majority.json'))
  t.same(actions, [2, 2, 2])
  t.equal(payoffs[0]![jointAction(actions, [1, 0, 1])], 6)
  t.equal(payoffs[2]![7], 2)
})

t.test('every name is a game, random ones by kind and seed', async (t) => {
  for (const name of gameNames) t.equal(loadGame(name).actions.length, 2, name)
  t.same(loadGame('random-cyclic', 7), randomGame('cyclic', 7))
  t.strictNotSame(loadGame('random-cyclic', 8), randomGame('cyclic', 7))
  t.same(
    ['matching-pennies', 'prisoners-dilemma', 'rock-paper-scissors'].map((name) => isZeroSum(loadGame(name))),
    [true, false, true],
  )
})

t.test('an unknown name is refused with the nearest one, and a missing file with its path', async (t) => {
  t.throws(() => loadGame('prisoner-dilemma'), {
    code: 'ERR_CONFIG_INVALID',
    message: /^game: expected one of prisoners-dilemma, .* did you mean prisoners-dilemma\?$/,
  })
  t.throws(() => loadGame('./nowhere.yaml'), {
    code: 'ERR_FILE_MISSING',
    message: /nowhere\.yaml: cannot be read/,
  })
})

t.test('a file that is no game is refused with the place, what is there and what was expected', async (t) => {
  const refused: readonly (readonly [content: string, message: RegExp])[] = [
    ['players: [', /: /],
    ['players: {}\npayoffs: []', /at players: expected at least one player/],
    ['players: { a: [] }\npayoffs: []', /at players\.a: /],
    ['players: { a: 3 }\npayoffs: []', /at players\.a: .*expected array/],
    [
      'players: { a: [x, y, x] }\npayoffs: []',
      /at players\.a: expected actions of different names, got x twice/,
    ],
    ['players: { a: [x] }\nprices: []', /at the top: .*prices/],
    ['players: { a: [x] }', /at payoffs: expected payoffs .* or matrices .*, got neither/],
    ['players: { a: [x] }\npayoffs: []\nmatrices: {}', /got both/],
    ['players: { a: [x, y] }\npayoffs: 3', /at payoffs: expected nested lists of numbers/],
    [
      'players: { a: [x, y] }\npayoffs: [[1]]',
      /at payoffs: expected a list of 2, one for each of a player's actions, got a list of 1/,
    ],
    [
      'players: { a: [x, y] }\npayoffs: [1, 2]',
      /at payoffs\.0: expected a list of 1, what each player is paid, got 1/,
    ],
    ['players: { a: [x, y] }\npayoffs: [[1], [z]]', /at payoffs\.1\.0: expected a number, got "z"/],
    ['players: { a: [x, y] }\npayoffs: [[1], [.inf]]', /at payoffs\.1\.0: expected a number/],
    [
      'players: { a: [x], b: [y] }\nmatrices: { b: [[1]] }',
      /at matrices\.a: expected what the player is paid, got nothing/,
    ],
    [
      'players: { a: [x], b: [y] }\nmatrices: { c: [[1]] }',
      /at matrices\.c: expected one of the players a, b/,
    ],
    [
      `players: { a: [${[...Array(1001).keys()].join(', ')}], b: [${[...Array(1000).keys()].join(', ')}] }\npayoffs: []`,
      /at players: expected at most 1000000 joint actions, got 1001 × 1000 = 1001000/,
    ],
  ]
  for (const [content, message] of refused) {
    const folder = t.testdir({ 'game.yaml': content })
    t.throws(
      () => loadGame(join(folder, 'game.yaml')),
      { code: 'ERR_FILE_INVALID', message },
      content.slice(0, 60),
    )
  }
})
