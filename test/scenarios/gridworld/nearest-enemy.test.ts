import t from 'tap'
import { openBattle } from '../battle/_battle.ts'
import { armies, openGrid } from './_grid.ts'

const POLICY = 'nearest-enemy'

/** What a lone red agent at (10, 10) of a 24 × 24 map does about blue agents. */
function decide(
  enemies: readonly (readonly [number, number])[],
  walls: readonly (readonly [number, number])[] = [],
) {
  const { solo, world } = openGrid(armies(24, 10))
  world.clearMap(1)
  world.tryPlace(0, 10, 10)
  for (const [x, y] of enemies) world.tryPlace(1, x, y)
  for (const [x, y] of walls) world.setWall(x, y)
  solo.follow(POLICY, 0)
  const action = solo.bound.agents.action[0]!
  const { moves, attacks } = world.plan.groups[0]!
  return {
    kind: action < moves.length ? 'move' : 'attack',
    ...[...moves, ...attacks][action]!,
  }
}

for (const [dx, dy] of [
  [-1, -1],
  [0, -1],
  [1, -1],
  [-1, 0],
  [1, 0],
  [-1, 1],
  [0, 1],
  [1, 1],
] as const) {
  t.test(`an enemy at (${dx}, ${dy}) is attacked`, async (t) => {
    t.match(decide([[10 + dx, 10 + dy]]), { kind: 'attack', dx, dy })
  })
}

t.test('the nearest enemy in sight is approached', async (t) => {
  t.match(
    decide([
      [15, 10],
      [10, 7],
    ]),
    { kind: 'move', dx: 0, dy: -2 },
  )
  t.match(decide([[15, 10]]), { kind: 'move', dx: 2, dy: 0 })
})

t.test('a taken or walled cell is walked around', async (t) => {
  const { kind, dx } = decide([[15, 10]], [[12, 10]])
  t.equal(kind, 'move')
  t.equal(dx, 1)
})

t.test('enemies out of sight are approached by their centre', async (t) => {
  t.match(
    decide([
      [10, 20],
      [10, 22],
    ]),
    { kind: 'move', dx: 0, dy: 2 },
  )
})

t.test('without enemies it stays', async (t) => {
  t.match(decide([]), { kind: 'move', dx: 0, dy: 0 })
})

for (const army of [0, 1]) {
  t.test(`nearest-enemy beats random play as ${army === 0 ? 'red' : 'blue'}`, async (t) => {
    const { solo } = openBattle({ agents: 128, maxSteps: 400 })
    const results = [1, 2, 3].map((seed) => {
      solo.start(seed)
      while (!solo.over) {
        solo.follow(POLICY, army)
        solo.actRandomly(1 - army)
        solo.step()
      }
      return [solo.bound.world.score(army), solo.bound.world.score(1 - army)] as const
    })
    t.ok(
      results.every(([own, other]) => other === 0 && own > 32),
      JSON.stringify(results),
    )
  })
}
