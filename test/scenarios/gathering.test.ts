import t from 'tap'
import { gathering } from '../../scenarios/gathering/index.ts'
import { Act } from '../../scenarios/small-games/facing.ts'
import { SoloWorld } from '../fixtures/solo-world.ts'

const { ahead, right, back, left, turnLeft, turnRight, stand, beam } = Act
const [UP, RIGHT, LEFT] = [0, 1, 3]
const PLAYER_BIT = 2

function open(options: Record<string, unknown> = {}, seed = 1): SoloWorld {
  const world = new SoloWorld(gathering, options)
  world.start(seed)
  return world
}

function act(world: SoloWorld, ...actions: readonly number[]): readonly number[] {
  world.bound.agents.action.set(actions)
  world.step()
  return [...world.bound.agents.reward]
}

/** Puts a player somewhere else. */
function put(world: SoloWorld, player: number, row: number, column: number, facing: number): void {
  const { cell, board, facing: facings } = world.bound.state
  board![cell![player]!]! &= ~PLAYER_BIT
  cell![player] = row * 11 + column
  board![cell![player]!]! |= PLAYER_BIT
  facings![player] = facing
}

function placeOf(world: SoloWorld, player: number): readonly number[] | undefined {
  const cell = world.bound.state['cell']![player]!
  return cell < 0 ? undefined : [Math.floor(cell / 11), cell % 11]
}

/** A player's view, a letter a cell: wall, apple, oneself, other, beam. */
function viewOf(world: SoloWorld, player: number): readonly string[] {
  const { recordBytes, cellsOffset } = world.plan.spec.groups[0]!.observation
  const at = player * recordBytes + cellsOffset
  const codes = world.observe(0).records.subarray(at, at + 121)
  const text = Array.from(codes, (code) => '.aopbbxx#sscc'[code]).join('')
  return Array.from({ length: 11 }, (_, row) => text.slice(row * 11, row * 11 + 11))
}

/** The numbers of a player's record: whether it was hit, and how much longer it is away. */
function scalarsOf(world: SoloWorld, player: number): readonly number[] {
  const { recordBytes } = world.plan.spec.groups[0]!.observation
  const at = (player * recordBytes) / 4
  return [...new Float32Array(world.observe(0).records.buffer).subarray(at, at + 2)]
}

t.test('players step ahead, to the right, back and to the left of where they face, and turn', async (t) => {
  const world = open()
  t.same(
    [0, 1].map((player) => placeOf(world, player)),
    [
      [3, 0],
      [3, 10],
    ],
  )
  const walk = [
    [ahead, [3, 1]],
    [right, [4, 1]],
    [back, [4, 0]],
    [back, [4, 0]],
    [left, [3, 0]],
    [turnLeft, [3, 0]],
    [ahead, [2, 0]],
    [left, [2, 0]],
    [turnRight, [2, 0]],
    [ahead, [2, 1]],
    [stand, [2, 1]],
  ] as const
  for (const [action, place] of walk) {
    act(world, action, stand)
    t.same(placeOf(world, 0), place)
  }
})

t.test('two players never share a cell, and who goes first is drawn', async (t) => {
  const winners = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((seed) => {
    const world = open({}, seed)
    put(world, 0, 0, 3, RIGHT)
    put(world, 1, 0, 5, LEFT)
    act(world, ahead, ahead)
    t.not(String(placeOf(world, 0)), String(placeOf(world, 1)))
    return placeOf(world, 0)![1]
  })
  t.same(new Set(winners), new Set([3, 4]))
})

t.test('an apple is worth 1 to who takes it, and is there again after its delay', async (t) => {
  const world = open({ appleDelay: 3 })
  put(world, 0, 3, 3, RIGHT)
  t.same(act(world, ahead, stand), [1, 0])
  t.same(act(world, back, stand), [0, 0])
  t.same(act(world, ahead, stand), [0, 0], 'it was taken two steps ago')
  t.same(act(world, stand, stand), [1, 0], 'three steps')
  t.equal(world.bound.world.metrics()['apples'], 2)
})

t.test('nine apples lie in the middle', async (t) => {
  const { board } = open().bound.state
  const apples = [...board!.keys()].filter((cell) => (board![cell]! & 1) !== 0)
  t.same(
    apples,
    [2, 3, 4].flatMap((row) => [4, 5, 6].map((column) => row * 11 + column)),
  )
})

t.test('two hits remove a player for the tag delay; it comes back to its start, unhurt', async (t) => {
  const world = open({ tagDelay: 2 })
  put(world, 1, 3, 9, LEFT)
  t.same(act(world, beam, stand), [0, 0], 'shooting is worth nothing')
  t.same(scalarsOf(world, 1), [0.5, 0])
  act(world, beam, stand)
  t.equal(placeOf(world, 1), undefined)
  t.same(scalarsOf(world, 1), [0, 1])
  t.ok(viewOf(world, 1).every((row) => row === '...........'))
  act(world, stand, ahead)
  t.same(scalarsOf(world, 1), [0, 0.5])
  act(world, stand, ahead)
  t.same(placeOf(world, 1), [3, 10])
  t.same(scalarsOf(world, 1), [0, 0])
  act(world, stand, ahead)
  t.same(placeOf(world, 1), [3, 9])
  // Five steps of player 0, and three of player 1, which was away in two.
  t.match(world.bound.world.metrics(), { beams: 2, tags: 1, beamRate: 2 / 8 })
  t.same([...world.bound.agents.next], [0, 1], 'it never leaves the list')
})

t.test('who finds its start taken comes back at the next one that is free', async (t) => {
  const world = open({ tagDelay: 2 })
  put(world, 1, 3, 9, LEFT)
  act(world, beam, stand)
  act(world, beam, stand)
  put(world, 0, 3, 10, UP)
  act(world, stand, stand)
  act(world, stand, stand)
  t.same(placeOf(world, 1), [1, 0])
})

t.test('a beam ends at the first player on its line, and misses who stands beside it', async (t) => {
  const world = open({ players: 3 })
  put(world, 1, 3, 4, UP)
  put(world, 2, 3, 8, UP)
  act(world, beam, stand, stand)
  t.same([...world.bound.state['hits']!], [0, 1, 0])
  put(world, 1, 2, 4, UP)
  act(world, beam, stand, stand)
  t.same([...world.bound.state['hits']!], [0, 1, 1])
})

t.test('beams of a step are at once, and after all moves', async (t) => {
  const world = open({ tagDelay: 5 })
  act(world, beam, beam)
  act(world, beam, beam)
  t.same(
    [0, 1].map((player) => placeOf(world, player)),
    [undefined, undefined],
  )
  const dodging = open()
  act(dodging, beam, left)
  t.same([...dodging.bound.state['hits']!], [0, 0])
})

t.test('a view is turned so that what lies ahead is on top, and shows beams for one step', async (t) => {
  const world = open()
  put(world, 0, 3, 3, RIGHT)
  put(world, 1, 1, 5, UP)
  t.same(viewOf(world, 0), [
    '##.......##',
    '##.......##',
    '##..aaa..##',
    '##.oaaa..##',
    '##..aaa..##',
    '##...s...##',
    '##.......##',
    '##.......##',
    '##.......##',
    '###########',
    '###########',
  ])
  act(world, turnRight, beam)
  t.same(viewOf(world, 0), [
    '###########',
    '###########',
    '.........##',
    '.........##',
    '..aaa....##',
    '..aaas...##',
    '..aaa....##',
    '...o.....##',
    '...b.....##',
    '###########',
    '###########',
  ])
  act(world, stand, stand)
  t.notMatch(viewOf(world, 0).join(), /b/)
})

t.test('foragers never shoot; a hunter drives one out where apples are few', async (t) => {
  const play = (options: Record<string, unknown>, policies: readonly string[]) => {
    const world = open(options)
    while (!world.over) {
      for (const [group, policy] of policies.entries()) world.follow(policy, group)
      world.step()
    }
    t.notOk(world.bound.world.ended(), 'it only ever times out')
    return world.bound.world
  }
  const peace = play({ appleDelay: 40 }, ['forager'])
  t.match(peace.metrics(), { apples: 45, beams: 0, tags: 0 })
  const war = play({ appleDelay: 40, sides: 'apart' }, ['hunter', 'forager'])
  t.ok(war.score(0) > 1.5 * (45 / 2), `${war.score(0)}`)
  t.ok(war.score(1) < 10, `${war.score(1)}`)
  t.same(war.groupMetrics!(0), { apples: war.score(0) })
})

t.test('only two play apart', async (t) => {
  t.throws(() => open({ players: 3, sides: 'apart' }), {
    code: 'ERR_CONFIG_INVALID',
    message: /^--sides: expected two players to play apart, got 3/,
  })
})
