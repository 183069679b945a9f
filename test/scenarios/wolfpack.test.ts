import t from 'tap'
import { Act } from '../../scenarios/small-games/facing.ts'
import { wolfpack } from '../../scenarios/wolfpack/index.ts'
import { SoloWorld } from '../fixtures/solo-world.ts'

const { ahead, right, turnRight, stand } = Act
const [PREY, WOLF] = [2, 4]
const UP = 0

/** A world whose wolves and prey stand where they are told to, all wolves facing up. */
function open(
  places: readonly (readonly [row: number, column: number])[],
  options: Record<string, unknown> = {},
) {
  const world = new SoloWorld(wolfpack, { wolves: places.length - 1, preyMoves: 0, ...options })
  world.start(1)
  const { cell, facing, prey, board } = world.bound.state
  board!.fill(0)
  for (const [i, [row, column]] of places.entries()) {
    const at = row * 9 + column
    board![at] = i === 0 ? PREY : WOLF
    if (i === 0) prey![0] = at
    else cell![i - 1] = at
  }
  facing!.fill(UP)
  return world
}

function act(world: SoloWorld, ...actions: readonly number[]): readonly number[] {
  world.bound.agents.action.set(actions)
  world.step()
  return [...world.bound.agents.reward]
}

t.test('a lone wolf is paid the lone reward, and the others nothing', async (t) => {
  const world = open([
    [3, 3],
    [4, 3],
    [8, 8],
  ])
  t.same(act(world, ahead, stand), [1, 0])
  t.same(world.bound.world.metrics(), { captures: 1, teamCaptures: 0, teamShare: 0, teamReturn: 1 })
})

t.test('all wolves within the radius of a capture are paid the team reward', async (t) => {
  // Wolves 1 and 2 are 3 and 4 steps away, of which 3 is near enough.
  const places = [
    [3, 3],
    [4, 3],
    [3, 6],
    [5, 5],
  ] as const
  t.same(act(open(places), ahead, stand, stand), [5, 5, 0])
  t.same(act(open(places, { radius: 4, teamReward: 2 }), ahead, stand, stand), [2, 2, 2])
  t.same(act(open(places, { radius: 2, loneReward: 0.5 }), ahead, stand, stand), [0.5, 0, 0])
  const world = open(places)
  act(world, ahead, right, ahead)
  t.same(world.bound.world.metrics(), { captures: 1, teamCaptures: 1, teamShare: 1, teamReturn: 10 })
})

t.test('the prey is then in a free cell, anywhere, and wolves stay', async (t) => {
  const places = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => {
    const world = open([
      [3, 3],
      [4, 3],
      [8, 8],
    ])
    world.bound.agents.key[0] = seed
    act(world, ahead, stand)
    const { cell, prey, board } = world.bound.state
    t.same([...cell!], [3 * 9 + 3, 8 * 9 + 8])
    const found = (code: number) => [...board!.keys()].filter((at) => board![at] === code)
    t.same(found(PREY), [...prey!])
    t.same(found(WOLF), [...cell!])
    return prey![0]
  })
  t.ok(new Set(places).size > 5)
})

t.test('the prey walks in as many of the steps as it is told to, and never onto a wolf', async (t) => {
  const places = [
    [0, 0],
    [0, 1],
    [1, 0],
  ] as const
  const shut = open(places, { preyMoves: 1 })
  for (let step = 0; step < 20; step++) act(shut, stand, stand)
  t.equal(shut.bound.state['prey']![0], 0)
  const free = open(
    [
      [4, 4],
      [8, 8],
    ],
    { preyMoves: 0.5, maxSteps: 5000 },
  )
  let moved = 0
  for (let step = 0; step < 4000; step++) {
    const before = free.bound.state['prey']![0]!
    act(free, stand)
    const after = free.bound.state['prey']![0]!
    const distance =
      Math.abs(Math.floor(before / 9) - Math.floor(after / 9)) + Math.abs((before % 9) - (after % 9))
    if (distance > 1) t.fail(`from ${before} to ${after}`)
    moved += distance
  }
  // Walls turn some steps down: of 324 directions out of 81 cells 36 lead nowhere.
  t.ok(Math.abs(moved / 4000 - 0.5 * (1 - 36 / 324)) < 0.03, `${moved}`)
})

t.test('a wolf sees 9 × 9 cells, turned the way it faces', async (t) => {
  const world = open([
    [2, 4],
    [4, 4],
    [4, 6],
  ])
  const viewOf = () => {
    const { cellsOffset } = world.plan.spec.groups[0]!.observation
    const text = [...world.observe(0).records.subarray(cellsOffset, cellsOffset + 81)]
      .map((code) => '.#pso'[code])
      .join('')
    return [0, 1, 2, 3, 4, 5, 6, 7, 8].map((row) => text.slice(row * 9, row * 9 + 9))
  }
  const plain = '.........'
  t.same(viewOf(), [plain, plain, '....p....', plain, '....s.o..', plain, plain, plain, plain])
  act(world, turnRight, stand)
  t.same(viewOf(), [plain, plain, '....o....', plain, '..p.s....', plain, plain, plain, plain])
  act(world, ahead, stand)
  t.same(viewOf(), ['#########', plain, plain, '....o....', '....s....', '..p......', plain, plain, plain])
})

t.test('wolves that wait for each other share every capture', async (t) => {
  const shareOf = (policy: string) => {
    const world = new SoloWorld(wolfpack, { radius: 2 })
    let [captures, shared] = [0, 0]
    for (let seed = 0; seed < 20; seed++) {
      world.start(seed)
      while (!world.over) {
        world.follow(policy, 0)
        world.step()
      }
      captures += world.bound.world.metrics()['captures']!
      shared += world.bound.world.metrics()['teamCaptures']!
    }
    return { captures, share: shared / captures }
  }
  const [chasing, waiting] = [shareOf('chase'), shareOf('wait')]
  t.equal(waiting.share, 1)
  t.ok(chasing.share < 1)
  t.ok(chasing.captures > waiting.captures)
})
