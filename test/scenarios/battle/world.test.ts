import fc from 'fast-check'
import t from 'tap'
import { armyCapacity } from '../../../scenarios/battle/placement.ts'
import { findFault, ringOf } from '../gridworld/_grid.ts'
import { openBattle } from './_battle.ts'

fc.configureGlobal({ seed: 2026 })

/** Agents of the battle that are neither alive nor killed, or too many of them. */
function findLoss(metrics: Readonly<Record<string, number>>, placed: number): string | undefined {
  const { redKills, blueKills, redAlive, blueAlive } = metrics
  const all = redAlive! + blueAlive! + redKills! + blueKills!
  return all === placed ? undefined : `living and killed are ${all} of ${placed}`
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
        rules: fc.constantFrom('magent', 'manyfold'),
      }),
    )
    let kills = 0
    fc.assert(
      fc.property(anyBattle, ({ mapSize, perArmy, seed, isScripted, rules }) => {
        const battle = openBattle({ agents: 2 * perArmy, mapSize, rules })
        const { solo } = battle
        solo.start(seed)
        for (let step = 0; step < 30 && !solo.over; step++) {
          if (isScripted) solo.actMixed()
          else for (const army of [0, 1]) solo.actRandomly(army)
          solo.step()
          const fault =
            findLoss(solo.bound.world.metrics(), 2 * perArmy) ?? findFault(battle, ringOf(mapSize))
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
  world.tryPlace(0, 5, 5)
  solo.step()
  t.equal(world.ended(), true)
  world.clearMap(1)
  t.equal(world.ended(), false)
  world.tryPlace(0, 5, 5)
  world.tryPlace(1, 6, 5)
  world.tryPlace(1, 6, 6)
  solo.step()
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
