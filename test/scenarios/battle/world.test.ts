import fc from 'fast-check'
import t from 'tap'
import { agentCode, BLANK, Counter, WALL, WALL_CODE } from '../../../scenarios/battle/layout.ts'
import { armyCapacity } from '../../../scenarios/battle/placement.ts'
import { VIEW_RADIUS } from '../../../scenarios/battle/rules.ts'
import { openBattle, type SoloBattle } from './_battle.ts'

fc.configureGlobal({ seed: 2026 })

/** The first thing in the state of a battle between two steps that can't be. */
function findFault({ solo, width }: SoloBattle, placed: number): string | undefined {
  const { agents, state, world } = solo.bound
  const { x, y, hp, occupant, codes, dead, counters, centre } = state as Record<string, Float32Array>
  const stride = width + 2 * VIEW_RADIUS
  const codeAt = (cellX: number, cellY: number) =>
    codes![(cellY + VIEW_RADIUS) * stride + cellX + VIEW_RADIUS]
  const { redKills, blueKills, redAlive, blueAlive } = world.metrics() as Record<string, number>
  if (redAlive! + blueAlive! + redKills! + blueKills! !== placed) return 'living and killed are not all'
  if (counters![Counter.killed] !== 0) return 'the dead of the step were not cleared'
  let walls = 0
  let taken = 0
  for (let cellY = 0; cellY < width; cellY++) {
    for (let cellX = 0; cellX < width; cellX++) {
      const slot = occupant![cellY * width + cellX]!
      const code = codeAt(cellX, cellY)
      if (slot === WALL) walls++
      if (slot >= 0) taken++
      if (slot === WALL && code !== WALL_CODE) return `wall at ${cellX}, ${cellY} is seen as ${code}`
      if (slot === BLANK && code !== 0) return `blank at ${cellX}, ${cellY} is seen as ${code}`
      if (slot >= 0 && (x![slot] !== cellX || y![slot] !== cellY))
        return `slot ${slot} is not at ${cellX}, ${cellY}`
    }
  }
  if (walls !== 4 * (width - 1)) return `${walls} walls`
  if (taken !== redAlive! + blueAlive!) return `${taken} cells taken`
  for (const army of [0, 1]) {
    const [first, end] = solo.list(army)
    let [sumX, sumY] = [0, 0]
    for (let slot = first; slot < end; slot++) {
      sumX += x![slot]!
      sumY += y![slot]!
      if (!(hp![slot]! >= 0 && hp![slot]! <= 10)) return `hp ${hp![slot]}`
      if (dead![slot] !== 0) return `slot ${slot} is dead and in the list`
      if (occupant![y![slot]! * width + x![slot]!] !== slot) return `slot ${slot} has lost its cell`
      if (codeAt(x![slot]!, y![slot]!) !== agentCode(army, hp![slot]!)) return `code of slot ${slot}`
      if (slot > first && agents.id[slot]! <= agents.id[slot - 1]!) return 'the list has lost its order'
    }
    if (centre![army * 2] !== sumX || centre![army * 2 + 1] !== sumY) return `centre of army ${army}`
  }
  return undefined
}

t.test(
  'agents are neither lost nor made, one stands on a cell, and the seen map is the real one',
  async (t) => {
    const anyBattle = fc.integer({ min: 12, max: 26 }).chain((mapSize) =>
      fc.record({
        mapSize: fc.constant(mapSize),
        perArmy: fc.integer({ min: 1, max: armyCapacity(mapSize) }),
        seed: fc.nat(),
        isScripted: fc.boolean(),
      }),
    )
    let kills = 0
    fc.assert(
      fc.property(anyBattle, ({ mapSize, perArmy, seed, isScripted }) => {
        const battle = openBattle({ agents: 2 * perArmy, mapSize })
        const { solo } = battle
        solo.start(seed)
        for (let step = 0; step < 30 && !solo.over; step++) {
          if (isScripted) solo.actMixed()
          else for (const army of [0, 1]) solo.actRandomly(army)
          solo.step()
          const fault = findFault(battle, 2 * perArmy)
          if (fault) throw new Error(`step ${step}: ${fault}`)
        }
        const { redKills, blueKills } = solo.bound.world.metrics()
        kills += redKills! + blueKills!
        return true
      }),
      { numRuns: 60 },
    )
    t.ok(kills > 100, `${kills} kills`)
  },
)

t.test('rewards of a step are among those that the rules can give', async (t) => {
  const { solo } = openBattle({ agents: 100, mapSize: 20 })
  const f = Math.fround
  const [step, penalty, kill, hit, dead] = [f(-0.005), f(-0.1), f(5 + f(-0.1)), f(0.2), f(-0.1)]
  const attack = f(step + penalty)
  const legal = new Set([step, attack, f(attack + hit), f(step + kill), dead, f(dead + hit)])
  const given = new Set<number>()
  solo.start(3)
  while (!solo.over && solo.bound.world.metrics()['episodeSteps']! < 100) {
    const lists = [solo.list(0), solo.list(1)]
    solo.actMixed()
    solo.step()
    for (const [first, end] of lists)
      for (const reward of solo.bound.agents.reward.subarray(first, end)) given.add(reward)
  }
  t.same(
    [...given].filter((reward) => !legal.has(reward)),
    [],
  )
  t.ok(given.size >= 5, [...given].join(' '))
})

t.test('a battle is over when an army is gone, and the other has the higher score', async (t) => {
  const { solo, world } = openBattle({ agents: 20, mapSize: 14 })
  world.clearMap(1)
  world.place(0, 5, 5)
  t.equal(world.ended(), true)
  world.place(1, 6, 5)
  world.place(1, 6, 6)
  t.equal(world.ended(), false)
  world.setHp(0, 1)
  solo.bound.agents.action.set([6], 0)
  solo.bound.agents.action.set([16, 6], solo.plan.slots[1]!)
  solo.step()
  t.equal(world.ended(), true)
  t.same([world.score(0), world.score(1)], [0, 2])
  t.match(world.metrics(), { redAlive: 0, blueAlive: 2, redKills: 0, blueKills: 1 })
  t.equal(solo.bound.agents.next[0], -1)
})
