import t from 'tap'
import { createWorld, planWorld } from '../../runtime/core/world.ts'
import { combinedArms } from '../../scenarios/combined-arms/index.ts'
import { SoloWorld } from '../fixtures/solo-world.ts'
import { type Figure, Scene, sum32 } from './_scene.ts'

const [RED_MELEE, RED_RANGED, BLUE_MELEE, BLUE_RANGED] = [0, 1, 2, 3] as const
const GROUPS = [RED_MELEE, RED_RANGED, BLUE_MELEE, BLUE_RANGED]

/** One agent of every group far from all others, so that no group is empty. */
function open(): Scene {
  const scene = new Scene(combinedArms)
  for (const group of GROUPS) scene.place(group, 40, 10 * (1 + group))
  return scene
}

t.test('a hit on either group of the other team pays 0.2 and costs 0.1, a kill pays 5', async (t) => {
  for (const [own, enemy] of [
    [RED_MELEE, BLUE_MELEE],
    [RED_MELEE, BLUE_RANGED],
    [RED_RANGED, BLUE_MELEE],
    [BLUE_RANGED, RED_MELEE],
    [BLUE_MELEE, RED_RANGED],
  ] as const) {
    const scene = open()
    const [fighter, target] = [scene.place(own, 10, 10), scene.place(enemy, 11, 10, 3)]
    scene.step({ attacks: [[fighter, 1, 0]] })
    t.equal(fighter.reward, sum32(-0.005, -0.1, 0.2), `${own} hits ${enemy}`)
    t.equal(target.reward, sum32(-0.005))
    scene.step({ attacks: [[fighter, 1, 0]] })
    t.equal(fighter.reward, sum32(-0.005, -0.1, 5), `${own} kills ${enemy}`)
    t.equal(target.reward, sum32(-0.1))
    t.equal(target.slot, -1)
  }
})

t.test('friends can be hit and killed, which pays nothing', async (t) => {
  for (const [own, friend] of [
    [RED_MELEE, RED_MELEE],
    [RED_MELEE, RED_RANGED],
    [BLUE_RANGED, BLUE_MELEE],
  ] as const) {
    const scene = open()
    const [fighter, target] = [scene.place(own, 10, 10), scene.place(friend, 10, 11, 3)]
    scene.step({ attacks: [[fighter, 0, 1]] })
    t.equal(fighter.reward, sum32(-0.005, -0.1))
    t.equal(scene.hp(target), sum32(3, -2, 0.1))
    scene.step({ attacks: [[fighter, 0, 1]] })
    t.equal(fighter.reward, sum32(-0.005, -0.1))
    t.equal(target.slot, -1)
  }
})

t.test('ranged fighters strike two cells away and die of two blows, melee ones of six', async (t) => {
  const scene = open()
  const archer = scene.place(RED_RANGED, 10, 10)
  const [melee, ranged] = [scene.place(BLUE_MELEE, 12, 10), scene.place(BLUE_RANGED, 10, 12)]
  const blowsFor = (target: Figure, dx: number, dy: number) => {
    let blows = 0
    while (target.slot >= 0 && blows < 20) {
      scene.step({ attacks: [[archer, dx, dy]] })
      blows++
    }
    return blows
  }
  t.equal(blowsFor(melee, 2, 0), 6)
  t.equal(blowsFor(ranged, 0, 2), 2)
})

t.test('an episode ends when any of the four groups is gone', async (t) => {
  for (const group of GROUPS) {
    const scene = new Scene(combinedArms)
    const figures = GROUPS.map((own) => scene.place(own, 10 + 5 * own, 10))
    const killer = scene.place(group === BLUE_RANGED ? RED_MELEE : BLUE_RANGED, 10 + 5 * group, 11)
    scene.world.setHp(figures[group]!.slot, 1)
    scene.step()
    t.equal(scene.solo.bound.world.ended(), false)
    scene.step({ attacks: [[killer, 0, -1]] })
    t.equal(figures[group]!.slot, -1)
    t.equal(scene.solo.bound.world.ended(), true)
  }
})

t.test("columns of battle's blocks are melee and ranged in turn", async (t) => {
  const solo = new SoloWorld(combinedArms)
  solo.start(1)
  const columnsOf = (group: number) => [...new Set(solo.bound.state['x']!.subarray(...solo.list(group)))]
  t.same(GROUPS.map(columnsOf), [
    [1, 5, 9, 13, 17],
    [3, 7, 11, 15],
    [25, 29, 33, 37, 41],
    [27, 31, 35, 39],
  ])
})

t.test('every map size has agents of all groups', async (t) => {
  const empty: number[] = []
  for (let mapSize = 16; mapSize < 80; mapSize++) {
    const { groups } = combinedArms.describe(combinedArms.options.parse({ mapSize }))
    if (groups.some(({ capacity }) => capacity === 0)) empty.push(mapSize)
  }
  t.same(empty, [])
})

t.test('every group has an agent for every place that it has room for', async (t) => {
  for (let mapSize = 16; mapSize < 80; mapSize++) {
    const { bound, plan } = new SoloWorld(combinedArms, { mapSize })
    bound.world.reset()
    const capacities = plan.spec.groups.map(({ capacity }) => capacity)
    if (capacities.join() !== bound.agents.living.join()) t.fail(`map of ${mapSize}`)
  }
})

t.test('a map that no memory holds is refused at once', async (t) => {
  const plan = planWorld(combinedArms, combinedArms.options.parse({ mapSize: 28_000 }))
  t.throws(() => createWorld(plan, 2 ** 30), { code: 'ERR_ARENA_TOO_LARGE' })
  const tooMany = combinedArms.options.parse({ mapSize: 65_535 })
  t.throws(() => planWorld(combinedArms, tooMany), {
    code: 'ERR_SCENARIO_INVALID',
    details: { field: 'groups' },
  })
})

t.test('scripted fighters leave their own team alone', async (t) => {
  const scene = open()
  const [melee, ranged] = [scene.place(RED_MELEE, 10, 10), scene.place(RED_RANGED, 10, 11)]
  for (const group of GROUPS) scene.solo.follow('nearest-enemy', group)
  const { action } = scene.solo.bound.agents
  for (const { slot, group } of [melee, ranged]) {
    t.ok(action[slot]! < scene.world.plan.groups[group]!.moves.length)
  }
  const enemy = scene.place(BLUE_MELEE, 11, 10)
  scene.solo.follow('nearest-enemy', RED_MELEE)
  const { moves, attacks } = scene.world.plan.groups[RED_MELEE]!
  t.same(attacks[action[melee.slot]! - moves.length], { dx: 1, dy: 0 })
  t.not(enemy.slot, -1)
})
