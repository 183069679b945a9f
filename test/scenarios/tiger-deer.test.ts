import t from 'tap'
import { doubleAttack } from '../../scenarios/double-attack/index.ts'
import { forest } from '../../scenarios/forest/index.ts'
import { tigerDeer } from '../../scenarios/tiger-deer/index.ts'
import { type Figure, Scene, sum32 } from './_scene.ts'

const [DEER, TIGERS] = [0, 1]
const AROUND = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
] as const

/** A deer with so many tigers beside it, a deer and a tiger far away, and all of those tigers' attacks on it. */
function surround(scene: Scene, count: number, hp?: number) {
  const deer = scene.place(DEER, 10, 10, hp)
  scene.place(DEER, 30, 30)
  scene.place(TIGERS, 35, 35)
  const tigers = AROUND.slice(0, count).map(([dx, dy]) => scene.place(TIGERS, 10 + dx, 10 + dy))
  const attacks = tigers.map((tiger, i): [Figure, number, number] => [tiger, -AROUND[i]![0], -AROUND[i]![1]])
  return { deer, tigers, attacks }
}

t.test('k tigers that hit the same deer are paid k − 1 each, and the deer pays 0.1 for each', async (t) => {
  for (const count of [1, 2, 3, 4]) {
    const scene = new Scene(tigerDeer)
    const { deer, tigers, attacks } = surround(scene, count)
    scene.step({ attacks })
    t.same(
      tigers.map(({ reward }) => reward),
      tigers.map(() => count - 1),
      `${count} tigers`,
    )
    t.equal(deer.reward, sum32(0, ...tigers.map(() => -0.1)))
    t.equal(scene.hp(deer), sum32(5, ...tigers.map(() => -1), 0.2))
  }
})

t.test('tigers that hit different deer are not paid', async (t) => {
  const scene = new Scene(tigerDeer)
  const [one, other] = [scene.place(TIGERS, 10, 10), scene.place(TIGERS, 11, 10)]
  scene.place(DEER, 9, 10)
  scene.place(DEER, 12, 10)
  scene.step({
    attacks: [
      [one, -1, 0],
      [other, 1, 0],
    ],
  })
  t.same([one.reward, other.reward], [0, 0])
})

t.test('a deer at 0 hp lives; the blow that kills is no hit, and pays nothing', async (t) => {
  const scene = new Scene(tigerDeer)
  const { deer, tigers, attacks } = surround(scene, 2, 1)
  scene.step({ attacks: attacks.slice(0, 1) })
  t.equal(scene.hp(deer), sum32(0.2), 'exactly 0, then recovered')
  scene.step({ attacks: attacks.slice(0, 1) })
  t.equal(deer.slot, -1)
  t.equal(deer.reward, -1)
  t.equal(tigers[0]!.reward, 0)
})

t.test('a deer that is hit and then killed pays its death and the hit; there was no pair', async (t) => {
  const scene = new Scene(tigerDeer)
  const { deer, tigers, attacks } = surround(scene, 2, 1.5)
  scene.step({ attacks })
  t.equal(deer.slot, -1)
  t.equal(deer.reward, sum32(-1, -0.1))
  t.same(
    tigers.map(({ reward }) => reward),
    [0, 0],
  )
})

t.test('two that hit before a third kills are a pair', async (t) => {
  const scene = new Scene(tigerDeer)
  const { deer, tigers, attacks } = surround(scene, 3, 2.5)
  scene.step({ attacks })
  t.equal(deer.slot, -1)
  t.equal(deer.reward, sum32(-1, -0.1, -0.1))
  const rewards = tigers.map(({ reward }) => reward)
  t.equal(rewards.filter((reward) => reward === 1).length, 2)
  t.equal(rewards.filter((reward) => reward === 0).length, 1)
})

t.test('a killed deer feeds its killer 8 hp, up to 10', async (t) => {
  for (const { hp, after } of [
    { hp: 1, after: sum32(1, 8, -0.1) },
    { hp: 5, after: sum32(10, -0.1) },
  ]) {
    const scene = new Scene(tigerDeer)
    const { tigers, attacks } = surround(scene, 1, 0.5)
    scene.world.setHp(tigers[0]!.slot, hp)
    scene.step({ attacks })
    t.equal(scene.hp(tigers[0]!), after)
  }
})

t.test('a tiger loses 0.1 hp a step and starves below 0; deer recover', async (t) => {
  const scene = new Scene(tigerDeer)
  const [deer, tiger] = [scene.place(DEER, 10, 10, 1), scene.place(TIGERS, 20, 20, 0.15)]
  scene.place(TIGERS, 30, 30)
  scene.step()
  t.equal(scene.hp(tiger), sum32(0.15, -0.1))
  t.equal(scene.hp(deer), sum32(1, 0.2))
  scene.step({ moves: [[deer, 1, 0]] })
  t.equal(tiger.slot, -1)
  t.equal(tiger.reward, 0)
  t.equal(scene.world.groupAt(20, 20), -1)
})

t.test('an episode ends when the tigers have starved', async (t) => {
  const scene = new Scene(tigerDeer)
  scene.place(DEER, 10, 10)
  scene.place(TIGERS, 20, 20, 0.05)
  scene.step()
  t.equal(scene.solo.bound.world.ended(), true)
})

t.test('deer do not attack, and tigers can not attack each other', async (t) => {
  const scene = new Scene(tigerDeer)
  scene.place(DEER, 30, 30)
  const [one, other] = [scene.place(TIGERS, 10, 10), scene.place(TIGERS, 11, 10)]
  scene.step({ attacks: [[one, 1, 0]] })
  t.equal(scene.hp(other), sum32(10, -0.1))
  t.equal(scene.world.plan.groups[DEER]!.attacks.length, 0)
})

t.test('double-attack pays 2 (k − 1) to each of k tigers, and deer nothing', async (t) => {
  for (const count of [1, 2, 3]) {
    const scene = new Scene(doubleAttack)
    const { deer, tigers, attacks } = surround(scene, count)
    scene.step({ attacks })
    t.same(
      tigers.map(({ reward }) => reward),
      tigers.map(() => 2 * (count - 1)),
      `${count} tigers`,
    )
    t.equal(deer.reward, 0)
    t.equal(scene.hp(tigers[0]!), sum32(10, -0.2))
  }
  const scene = new Scene(doubleAttack)
  const { deer, attacks } = surround(scene, 1, 0.5)
  scene.step({ attacks })
  t.equal(deer.slot, -1)
  t.equal(deer.reward, 0)
})

t.test('forest pays tigers 1 a step, makes them hungrier and their bites deeper', async (t) => {
  const scene = new Scene(forest)
  const { deer, tigers, attacks } = surround(scene, 1)
  scene.step({ attacks })
  t.equal(tigers[0]!.reward, 1)
  t.equal(scene.hp(tigers[0]!), 9.5)
  t.equal(scene.hp(deer), sum32(5, -3, 0.2))
  scene.step({ attacks })
  t.equal(deer.slot, -1)
  t.equal(deer.reward, -1)
  t.equal(scene.hp(tigers[0]!), 9.5, 'fed to the full, and hungry again')
})
