import t from 'tap'
import { adversarialPursuit } from '../../scenarios/adversarial-pursuit/index.ts'
import { Scene, sum32 } from './_scene.ts'

const [PREDATORS, PREY] = [0, 1]

t.test('a tag pays the predator 1 and costs 0.2; the prey pays 1 and is not hurt', async (t) => {
  const scene = new Scene(adversarialPursuit)
  const predator = scene.place(PREDATORS, 10, 10)
  const prey = scene.place(PREY, 12, 11)
  scene.step({ attacks: [[predator, 2, 1]] })
  t.equal(predator.reward, sum32(0, -0.2, 1))
  t.equal(prey.reward, -1)
  t.equal(scene.hp(prey), 1)
  t.not(prey.slot, -1)
})

t.test('prey pays for every predator that tags it', async (t) => {
  const scene = new Scene(adversarialPursuit)
  const prey = scene.place(PREY, 12, 11)
  const [left, right] = [scene.place(PREDATORS, 10, 10), scene.place(PREDATORS, 13, 11)]
  scene.step({
    attacks: [
      [left, 2, 1],
      [right, -1, 0],
    ],
  })
  t.equal(prey.reward, -2)
  t.same([left.reward, right.reward], [sum32(0, -0.2, 1), sum32(0, -0.2, 1)])
})

t.test('an attack on a blank cell, a wall or another predator costs 0.2 and pays nothing', async (t) => {
  const scene = new Scene(adversarialPursuit)
  const [one, other] = [scene.place(PREDATORS, 1, 1), scene.place(PREDATORS, 3, 1)]
  scene.place(PREY, 20, 20)
  for (const [dx, dy] of [
    [2, 0],
    [-1, 0],
    [0, 2],
  ] as const) {
    scene.step({ attacks: [[one, dx, dy]] })
    t.equal(one.reward, sum32(-0.2))
    t.equal(other.reward, 0)
  }
})

t.test('the penalty of an attack is an option', async (t) => {
  const scene = new Scene(adversarialPursuit, { tagPenalty: -0.5 })
  const predator = scene.place(PREDATORS, 10, 10)
  scene.place(PREY, 20, 20)
  scene.step({ attacks: [[predator, 0, -1]] })
  t.equal(predator.reward, -0.5)
})

t.test('a predator moves only when all four cells of its body are free', async (t) => {
  const scene = new Scene(adversarialPursuit)
  const predator = scene.place(PREDATORS, 10, 10)
  const prey = scene.place(PREY, 12, 11)
  scene.step({ moves: [[predator, 1, 0]] })
  t.same(scene.cell(predator), [10, 10])
  scene.step({ moves: [[prey, 1, 1]] })
  scene.step({ moves: [[predator, 1, 0]] })
  t.same(scene.cell(predator), [11, 10])
  t.same(
    [
      [10, 10],
      [11, 10],
      [12, 11],
    ].map(([x, y]) => scene.world.groupAt(x!, y!)),
    [-1, PREDATORS, PREDATORS],
  )
})

t.test('nobody dies and no episode ends before its last step', async (t) => {
  const { solo } = new Scene(adversarialPursuit, { maxSteps: 60 })
  solo.start(5)
  for (let step = 0; step < 60; step++) {
    solo.actMixed()
    solo.step()
  }
  t.same([...solo.bound.agents.living], [25, 50])
  t.equal(solo.bound.world.ended(), false)
})

t.test('walls and agents take blank cells only, and differ from seed to seed', async (t) => {
  const { solo } = new Scene(adversarialPursuit)
  const places = [1, 2].map((seed) => {
    solo.start(seed)
    const { x, y } = solo.bound.state
    return [...x!, ...y!].join()
  })
  t.not(places[0], places[1])
})
