import t from 'tap'
import { gather } from '../../scenarios/gather/index.ts'
import { Scene, sum32 } from './_scene.ts'

const [FOOD, OMNIVORES] = [0, 1]

t.test('four bites pay 0.5 each, the fifth eats the food and pays 5 instead', async (t) => {
  const scene = new Scene(gather)
  const [food, eater] = [scene.place(FOOD, 10, 10), scene.place(OMNIVORES, 11, 10)]
  scene.place(FOOD, 50, 50)
  for (const hp of [19, 13, 7, 1]) {
    scene.step({ attacks: [[eater, -1, 0]] })
    t.equal(eater.reward, sum32(-0.01, -0.1, 0.5))
    t.equal(scene.hp(food), hp)
  }
  scene.step({ attacks: [[eater, -1, 0]] })
  t.equal(eater.reward, sum32(-0.01, sum32(5, -0.1)))
  t.equal(food.slot, -1)
  t.equal(scene.world.groupAt(10, 10), -1)
  t.equal(scene.solo.bound.world.ended(), false)
})

t.test('an omnivore that is attacked dies at once, which pays its killer nothing', async (t) => {
  const scene = new Scene(gather)
  scene.place(FOOD, 50, 50)
  const [killer, victim] = [scene.place(OMNIVORES, 10, 10), scene.place(OMNIVORES, 10, 11)]
  scene.step({ attacks: [[killer, 0, 1]] })
  t.equal(killer.reward, sum32(-0.01, -0.1))
  t.equal(victim.reward, -1)
  t.equal(victim.slot, -1)
})

t.test('whoever stands still pays 0.01 a step, and three cells are one move', async (t) => {
  const scene = new Scene(gather)
  scene.place(FOOD, 50, 50)
  const omnivore = scene.place(OMNIVORES, 10, 10)
  scene.step({ moves: [[omnivore, 3, 0]] })
  t.equal(omnivore.reward, sum32(-0.01))
  t.same(scene.cell(omnivore), [13, 10])
})

t.test('an episode ends when the food is eaten, or when no omnivore is left', async (t) => {
  for (const last of [FOOD, OMNIVORES]) {
    const scene = new Scene(gather)
    const [food, eater] = [scene.place(FOOD, 10, 10, 1), scene.place(OMNIVORES, 11, 10)]
    const other = scene.place(OMNIVORES, 12, 10)
    if (last === OMNIVORES) {
      scene.step({ attacks: [[eater, 1, 0]] })
      t.equal(other.slot, -1)
      t.equal(scene.solo.bound.world.ended(), false)
      scene.world.setHp(eater.slot, -1)
      scene.step()
    } else {
      scene.step({ attacks: [[eater, -1, 0]] })
      t.equal(food.slot, -1)
    }
    t.equal(scene.solo.bound.world.ended(), true)
  }
})

t.test('of less food there is an even part, and at least a piece', async (t) => {
  const piecesOf = (food: number) => {
    const { solo } = new Scene(gather, { food })
    solo.start(1)
    const [first, end] = solo.list(FOOD)
    const { x, y } = solo.bound.state
    return Array.from({ length: end - first }, (_, i) => `${x![first + i]} ${y![first + i]}`)
  }
  const all = piecesOf(1)
  t.equal(all.length, 1551)
  for (const food of [0.5, 0.25, 0.1, 1e-6]) {
    const some = piecesOf(food)
    t.ok(Math.abs(some.length - food * all.length) <= 3 && some.length > 0, `${some.length} of ${food}`)
    t.ok(some.every((cell) => all.includes(cell)))
    if (food < 0.1) continue
    // On each side of the middle as much as of all the food.
    for (const isThere of [
      (x: number) => x < 75,
      (x: number) => x > 125,
      (_: number, y: number) => y < 75,
      (_: number, y: number) => y > 125,
    ]) {
      const count = (cells: readonly string[]) =>
        cells.filter((cell) => isThere(...(cell.split(' ').map(Number) as [number, number]))).length
      const expected = food * count(all)
      t.ok(Math.abs(count(some) - expected) < 4 + 0.1 * expected, `${count(some)} for ${expected}`)
    }
  }
})

t.test('food neither moves nor acts, whatever action stands in its slot', async (t) => {
  const { solo } = new Scene(gather)
  solo.start(2)
  const { x, y } = solo.bound.state
  const { id, action } = solo.bound.agents
  const placeOf = () => {
    const [first, end] = solo.list(FOOD)
    return new Map(
      Array.from({ length: end - first }, (_, i) => [id[first + i]!, `${x![first + i]} ${y![first + i]}`]),
    )
  }
  const before = placeOf()
  for (let step = 0; step < 15; step++) {
    solo.follow('nearest-enemy', OMNIVORES)
    action.fill(7, ...solo.list(FOOD))
    solo.step()
  }
  const after = placeOf()
  t.ok(after.size > 0 && after.size < before.size, `${after.size} of ${before.size} are left`)
  t.same(
    [...after].filter(([food, place]) => before.get(food) !== place),
    [],
  )
})

t.test('omnivores have the first ids, and observe none of them', async (t) => {
  const { solo } = new Scene(gather)
  solo.start(1)
  const { id } = solo.bound.agents
  t.equal(id[solo.plan.slots[OMNIVORES]!], 0)
  t.equal(id[solo.plan.slots[FOOD]!], 495)
})
