import t from 'tap'
import { ObservationExpander } from '../../../runtime/core/observation.ts'
import { placeArmyOf } from '../../../scenarios/battle/placement.ts'
import { AGENT_TYPE, type GridWorldConfig } from '../../../scenarios/gridworld/config.ts'
import { denseShape, levelsFor } from '../../../scenarios/gridworld/observation.ts'
import { planGrid } from '../../../scenarios/gridworld/plan.ts'
import { WALL_CODE } from '../../../scenarios/gridworld/words.ts'
import type { GridWorld } from '../../../scenarios/gridworld/world.ts'
import { armies, denseOf, openGrid, type SoloGrid } from './_grid.ts'

const MINIMAP_TOLERANCE = 1e-6
/** Hundredths of the full hp are told apart where there are two groups. */
const TWO_GROUP_LEVELS = 101

/** Largest differences of packed from dense observations in one step, by what they may differ in. */
function compare(grid: SoloGrid, minimap: boolean) {
  const worst = { hp: 0, minimap: 0, other: 0, feature: 0, agents: 0 }
  const { solo } = grid
  for (const [group, { observation: space }] of solo.plan.spec.groups.entries()) {
    const image = space.image!
    const { records, shared } = solo.observe(group)
    const expander = new ObservationExpander(space)
    const [first, end] = solo.list(group)
    for (let slot = first; slot < end; slot++) {
      const inputs = new Float32Array(space.inputs)
      expander.expand(records, (slot - first) * space.recordBytes, shared, 0, inputs, 0)
      const { view, feature } = denseOf(grid, group, slot - first, minimap)
      if (view.length !== image.inputs.length) throw new Error('another number of cells')
      for (const [i, expected] of view.entries()) {
        const input = image.inputs[i]!
        const difference = Math.abs((input < 0 ? 0 : inputs[input]!) - expected)
        const channel = i % image.channels
        const inBlock = channel === 0 ? 0 : 1 + ((channel - 1) % (minimap ? 3 : 2))
        const kind = (['other', 'other', 'hp', 'minimap'] as const)[inBlock]!
        worst[kind] = Math.max(worst[kind], difference)
      }
      const packed = inputs.subarray(space.hotAt, space.sharedAt)
      if (packed.length !== feature.length) throw new Error('another number of features')
      for (const [i, expected] of feature.entries()) {
        worst.feature = Math.max(worst.feature, Math.abs(packed[i]! - expected))
      }
      worst.agents++
    }
  }
  return worst
}

/** Four groups of different bodies, views and hp, one of them passive. */
function menagerie(minimap: boolean): GridWorldConfig {
  const fighter = { ...AGENT_TYPE, hp: 5, damage: 1, attackRadius: 2, stepRecover: 0.1 }
  return {
    width: 26,
    height: 19,
    groups: [
      { name: 'food', type: { ...AGENT_TYPE, hp: 40 }, capacity: 12, passive: true },
      { name: 'giants', type: { ...fighter, width: 2, height: 2, viewRadius: 5, hp: 20 }, capacity: 10 },
      { name: 'scouts', type: { ...fighter, speed: 3, viewRadius: 7, hp: 3 }, capacity: 60 },
      {
        name: 'towers',
        type: { ...fighter, width: 1, height: 2, viewRadius: 4, speed: 0, hp: 15 },
        capacity: 10,
      },
    ],
    rules: [],
    idBits: 8,
    minimap,
    order: 'magent',
  }
}

function scatter(world: GridWorld): void {
  world.wallRandomly(20)
  for (const [group, { capacity }] of world.plan.config.groups.entries()) world.placeRandomly(group, capacity)
}

/** Armies face each other, and so meet soon. */
function lineUp(world: GridWorld): void {
  const { width, groups } = world.plan.config
  for (const [army, { capacity }] of groups.entries()) {
    for (const [x, y] of placeArmyOf(army, capacity, width)) world.tryPlace(army, x, y)
  }
}

const worlds: readonly {
  readonly name: string
  readonly config: (minimap: boolean) => GridWorldConfig
  readonly populate: (world: GridWorld) => void
}[] = [
  { name: 'two armies', config: (minimap) => armies(22, 30, { minimap }), populate: lineUp },
  { name: 'four groups of all shapes', config: menagerie, populate: scatter },
]

for (const { name, config, populate } of worlds) {
  for (const minimap of [true, false]) {
    t.test(
      `packed observations of ${name} are MAgent2's, hp in levels, ${minimap ? 'with' : 'without'} minimaps`,
      async (t) => {
        const grid = openGrid(config(minimap), populate)
        const { solo } = grid
        // Half a level, and rounding.
        const hpTolerance = 0.5 / (grid.world.plan.levels - 1) + 1e-6
        let [agents, kills] = [0, 0]
        for (const seed of [1, 2]) {
          solo.start(seed)
          for (let step = 0; step < 40 && !solo.over; step++) {
            const worst = compare(grid, minimap)
            agents += worst.agents
            const close = worst.hp <= hpTolerance && worst.minimap <= MINIMAP_TOLERANCE
            if (!close || worst.other > 0 || worst.feature > 0)
              t.fail(`seed ${seed} step ${step}: ${JSON.stringify(worst)}`)
            solo.actMixed()
            solo.step()
          }
          kills += grid.world.plan.groups.reduce(
            (sum, _, group) => sum + grid.world.groupMetrics(group)['kills']!,
            0,
          )
        }
        t.ok(agents > 2_000, `${agents} observations`)
        t.ok(kills > 10, `${kills} kills`)
      },
    )
  }
}

t.test(
  'the image view has the shape of MAgent2 and shows every input of cells and minimaps once',
  async (t) => {
    for (const [minimap, channels] of [
      [true, 7],
      [false, 5],
    ] as const) {
      const { image, hotAt, sharedAt, inputs } = planGrid(armies(40, 1, { minimap })).groups[0]!.space
      t.match(image, { height: 13, width: 13, channels })
      t.equal(image!.inputs.length, 13 * 13 * channels)
      const shown = image!.inputs.filter((input) => input >= 0).sort((a, b) => a - b)
      const expected = Array.from({ length: inputs }, (_, input) => input).filter(
        (input) => input < hotAt || input >= sharedAt,
      )
      t.same(shown, expected)
    }
  },
)

t.test('sizes are those of MAgent2: 34 features, or 32 without a minimap', async (t) => {
  const { config, groups } = planGrid(armies(40, 1))
  t.same(denseShape(groups[0]!, config, true), { view: 13 * 13 * 7, channels: 7, feature: 34 })
  t.same(denseShape(groups[0]!, config, false), { view: 13 * 13 * 5, channels: 5, feature: 32 })
  t.equal(groups[0]!.space.inputs, 113 * 5 + 34 + 2 * 169)
  t.equal(planGrid(armies(40, 1, { minimap: false })).groups[0]!.space.inputs, 113 * 5 + 32)
})

t.test('codes fit a byte, and as many levels as there is room for', async (t) => {
  t.same([1, 2, 3, 4, 8].map(levelsFor), [101, 101, 84, 63, 31])
})

/** A red agent at (5, 5) and a blue one beside it. */
function openPair(): SoloGrid {
  const pair = openGrid(armies(14, 1))
  pair.world.clearMap(1)
  pair.world.tryPlace(0, 5, 5)
  pair.world.tryPlace(1, 6, 5)
  return pair
}

/** What the bytes of a group's first agent mean. @param dx of the cell, in the agent's own row */
function seenBy({ solo, world }: SoloGrid, group: number, dx: number) {
  const space = solo.plan.spec.groups[group]!.observation
  const cell = world.plan.groups[group]!.view.cells.findIndex((seen) => seen.dx === dx && seen.dy === 0)
  const { channels, values } = space.codes[solo.observe(group).records[space.cellsOffset + cell]!]!
  return Object.fromEntries(channels.map((channel, i) => [channel, values[i]!]))
}

t.test('every army and every hundredth of the hp has a code of its own', async (t) => {
  const pair = openPair()
  const { solo, world } = pair
  const codes = new Set([0, WALL_CODE])
  const wrong: string[] = []
  for (const army of [0, 1]) {
    const slot = solo.plan.slots[army]!
    const cell = (5 + world.plan.margin) * world.plan.stride + 5 + army + world.plan.margin
    for (let level = 0; level < TWO_GROUP_LEVELS; level++) {
      world.setHp(slot, level / 10)
      codes.add(solo.bound.state['codes']![cell]!)
      const seen = seenBy(pair, army, 0)
      if (seen[1] !== 1 || !(Math.abs(seen[2]! - level / 100) <= 1e-7)) wrong.push(`${army} ${level}`)
    }
  }
  t.same(wrong, [])
  t.equal(codes.size, 2 + 2 * TWO_GROUP_LEVELS)
})

t.test(
  'each army sees itself in the first block of channels, and walls and blanks as they are',
  async (t) => {
    const pair = openPair()
    pair.world.setWall(4, 5)
    pair.world.setWall(7, 5)
    for (const army of [0, 1]) pair.world.setHp(pair.solo.plan.slots[army]!, 7.3)
    const hp = Math.fround(0.73)
    for (const [army, towards] of [
      [0, 1],
      [1, -1],
    ] as const) {
      t.same(seenBy(pair, army, 0), { 1: 1, 2: hp })
      t.same(seenBy(pair, army, towards), { 3: 1, 4: hp })
      t.same(seenBy(pair, army, -towards), { 0: 1 })
      t.same(seenBy(pair, army, 3 * towards), {})
    }
  },
)

t.test('an army without agents is an empty minimap and no NaN', async (t) => {
  const { solo, world } = openGrid(armies(14, 2))
  world.clearMap(1)
  world.tryPlace(0, 3, 3)
  const { shared } = solo.observe(0)
  t.equal(
    shared.reduce((sum, value) => sum + value, 0),
    1,
  )
  t.ok(shared.subarray(169).every((value) => value === 0))
})
