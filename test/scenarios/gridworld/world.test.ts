import t from 'tap'
import type { RuntimeError } from '../../../runtime/core/errors.ts'
import {
  AGENT_TYPE,
  type AgentType,
  and,
  anyOf,
  at,
  attack,
  type Event,
  type GridWorldConfig,
  inside,
  kill,
  not,
  type Order,
} from '../../../scenarios/gridworld/config.ts'
import { planGrid } from '../../../scenarios/gridworld/plan.ts'
import type { GridWorld } from '../../../scenarios/gridworld/world.ts'
import { findFault, openGrid, ringOf } from './_grid.ts'

const WALLS = 15

/** Giants, their prey and food on one map, crowded. */
function menagerie(order: Order, changes: Partial<AgentType> = {}): GridWorldConfig {
  const fighter = {
    ...AGENT_TYPE,
    hp: 4,
    damage: 1,
    attackRadius: 1.5,
    stepRecover: 0.25,
    speed: 2,
    ...changes,
  }
  const [giant, scout, food] = [anyOf(0), anyOf(1), anyOf(2)]
  return {
    width: 24,
    height: 17,
    groups: [
      { name: 'giants', type: { ...fighter, hp: 12, viewRadius: 4 }, capacity: 12 },
      { name: 'scouts', type: { ...fighter, viewRadius: 3, attackInGroup: true }, capacity: 60 },
      {
        name: 'food',
        type: { ...AGENT_TYPE, hp: 30, killSupply: 2, canAbsorb: true },
        capacity: 25,
        passive: true,
      },
    ],
    rules: [
      { on: attack(giant, scout), pay: [[giant, 0.5]] },
      { on: kill(scout, food), pay: [[scout, 2]] },
    ],
    idBits: 8,
    minimap: true,
    order,
  }
}

function scatter(world: GridWorld): void {
  world.wallRandomly(WALLS)
  for (const [group, { capacity }] of world.plan.config.groups.entries()) world.placeRandomly(group, capacity)
}

for (const order of ['magent', 'manyfold'] as const) {
  for (const [bodies, changes] of [
    ['of one cell', {}],
    ['of several cells', { width: 2, height: 2 }],
  ] as const) {
    t.test(`maps, lists and sums stay true in ${order} order with bodies ${bodies}`, async (t) => {
      const config = menagerie(order)
      const [giants, ...others] = config.groups
      const grid = openGrid(
        { ...config, groups: [{ ...giants!, type: { ...giants!.type, ...changes } }, ...others] },
        scatter,
      )
      const { solo, world } = grid
      const faults: string[] = []
      let gone = 0
      for (const seed of [1, 2, 3]) {
        solo.start(seed)
        const placed = world.plan.groups.reduce((sum, _, group) => sum + world.score(group), 0)
        for (let step = 0; step < 60 && !solo.over; step++) {
          solo.actMixed()
          solo.step(3)
          const fault = findFault(grid, ringOf(config.width, config.height) + WALLS)
          if (fault) faults.push(`seed ${seed} step ${step}: ${fault}`)
        }
        gone += placed - world.plan.groups.reduce((sum, _, group) => sum + world.score(group), 0)
      }
      t.same(faults, [])
      t.ok(gone > 30, `${gone} died or left`)
    })
  }
}

t.test('an agent is placed where its whole body has room, and nowhere else', async (t) => {
  const config = menagerie('magent', { width: 2, height: 3 })
  const { solo, world } = openGrid(config)
  world.clearMap(1)
  world.setWall(5, 6)
  t.notOk(world.tryPlace(0, 4, 4), 'a wall under the last row')
  t.notOk(world.tryPlace(0, 0, 4), 'the ring')
  t.notOk(world.tryPlace(0, config.width - 2, 4), 'the ring on the right')
  t.ok(world.tryPlace(0, 3, 4))
  t.notOk(world.tryPlace(1, 4, 6), 'the first body')
  t.same([...solo.bound.agents.living], [1, 0, 0])
  t.equal(findFault({ solo, world }, ringOf(config.width, config.height) + 1), undefined)
})

t.test('cells off the map are not blank, hold and take no agent and refuse a wall', async (t) => {
  const { solo, world } = openGrid(menagerie('magent', { width: 2, height: 2 }))
  const { width, height } = world.plan.config
  world.clearMap(1)
  const map = [...solo.bound.state['occupant']!]
  for (const [x, y] of [
    [-50, 4],
    [-1, 0],
    [4, -1],
    [4, -100_000],
    [width, 4],
    [4, height],
    [10 * width, 10 * height],
    [Number.NaN, 4],
  ] as const) {
    t.notOk(world.isBlank(x, y), `${x}, ${y}`)
    t.equal(world.groupAt(x, y), -1, `${x}, ${y}`)
    for (const group of world.plan.groups.keys()) t.notOk(world.tryPlace(group, x, y), `${group}: ${x}, ${y}`)
    t.throws(() => world.setWall(x, y), { code: 'ERR_SCENARIO_INVALID', details: { x, y } })
  }
  t.same([...solo.bound.state['occupant']!], map)
  t.same([...solo.bound.agents.living], [0, 0, 0])
})

t.test(
  'one agent more than a group has room for is refused, and the next group keeps its slots',
  async (t) => {
    for (const full of [0, 1, 2]) {
      const { solo, world } = openGrid(menagerie('manyfold'))
      const { name, capacity } = world.plan.config.groups[full]!
      world.clearMap(1)
      for (const group of world.plan.groups.keys()) if (group !== full) world.tryPlace(group, 2 + group, 2)
      world.placeRandomly(full, capacity)
      const before = [...solo.bound.agents.id]
      t.notOk(world.tryPlace(full, 0, 0), 'a wall needs no room')
      const [x, y] = [...Array(24 * 17).keys()]
        .map((cell) => [cell % 24, Math.floor(cell / 24)] as const)
        .find((cell) => world.isBlank(...cell))!
      t.throws(() => world.tryPlace(full, x, y), {
        code: 'ERR_SCENARIO_INVALID',
        details: { group: name, capacity, x, y },
      })
      t.same([...solo.bound.agents.id], before)
      t.equal(findFault({ solo, world }, ringOf(24, 17)), undefined)
    }
  },
)

t.test('ids are given out in the order of placement over all groups', async (t) => {
  const { solo, world } = openGrid(menagerie('magent'))
  world.clearMap(1)
  for (const [i, group] of [1, 0, 2, 0, 1].entries()) world.tryPlace(group, 2 + 2 * i, 3)
  const ids = world.plan.groups.map((_, group) => [...solo.bound.agents.id.subarray(...solo.list(group))])
  t.same(ids, [[1, 3], [0, 4], [2]])
})

const wolf = { name: 'wolves', type: AGENT_TYPE, capacity: 4 }
const VALID: GridWorldConfig = {
  width: 9,
  height: 9,
  groups: [wolf],
  rules: [],
  idBits: 4,
  minimap: false,
  order: 'magent',
}

const withType = (changes: Partial<AgentType>): Partial<GridWorldConfig> => ({
  groups: [{ ...wolf, type: { ...AGENT_TYPE, ...changes } }],
})

const refused: readonly { readonly field: string; readonly changes: Partial<GridWorldConfig> }[] = [
  { field: 'width', changes: { width: 2 } },
  { field: 'height', changes: { height: 70_000 } },
  { field: 'width', changes: { width: 8.5 } },
  { field: 'groups', changes: { groups: [] } },
  { field: 'groups', changes: { groups: Array.from({ length: 9 }, () => wolf) } },
  { field: 'groups', changes: { groups: [{ ...wolf, capacity: 2 ** 26 }] } },
  { field: 'wolves.hp', changes: { groups: [{ ...wolf, type: { ...AGENT_TYPE, hp: 0 } }] } },
  { field: 'wolves.capacity', changes: { groups: [{ ...wolf, capacity: -1 }] } },
  { field: 'wolves.capacity', changes: { groups: [{ ...wolf, capacity: 2.5 }] } },
  { field: 'wolves.capacity', changes: { groups: [{ ...wolf, capacity: Number.NaN }] } },
  { field: 'wolves.height', changes: withType({ height: 0 }) },
  { field: 'wolves.width', changes: withType({ width: 1.5 }) },
  { field: 'wolves.width', changes: withType({ width: Number.POSITIVE_INFINITY }) },
  { field: 'wolves.speed', changes: withType({ speed: -1 }) },
  { field: 'wolves.speed', changes: withType({ speed: Number.NaN }) },
  { field: 'wolves.speed', changes: withType({ speed: 128 }) },
  { field: 'wolves.viewRadius', changes: withType({ viewRadius: -0.5 }) },
  { field: 'wolves.viewRadius', changes: withType({ viewRadius: Number.POSITIVE_INFINITY }) },
  { field: 'wolves.viewRadius', changes: withType({ viewRadius: 0.5, width: 2, height: 2 }) },
  { field: 'wolves.attackRadius', changes: withType({ attackRadius: -1 }) },
  { field: 'wolves.attackRadius', changes: withType({ attackRadius: 1e9 }) },
  { field: 'wolves.actions', changes: withType({ speed: 9, attackRadius: 1 }) },
  { field: 'wolves.actions', changes: withType({ speed: 100 }) },
  { field: 'inputs', changes: withType({ viewRadius: 84 }) },
  {
    field: 'inputs',
    changes: { minimap: true, groups: [wolf, wolf, { ...wolf, type: { ...AGENT_TYPE, viewRadius: 60 } }] },
  },
  { field: 'idBits', changes: { idBits: -1 } },
  { field: 'idBits', changes: { idBits: 33 } },
  { field: 'idBits', changes: { idBits: 4.5 } },
  { field: 'rules[0].group', changes: { rules: [{ on: attack(anyOf(0), anyOf(1)), pay: [] }] } },
  { field: 'rules[0].pay', changes: { rules: [{ on: attack(anyOf(0), anyOf(0)), pay: [[anyOf(0), 1]] }] } },
]

/** Places of event rules that are none, and what the error says of them. */
const wolfSymbol = anyOf(0)
const misplaced: readonly { readonly on: Event; readonly says: string }[] = [
  { on: at(wolfSymbol, [3, 4] as never), says: 'at[0]: expected a cell [x, y] of the map of 9 × 9, got 3' },
  { on: at(wolfSymbol, [[3, 4.5]]), says: 'at[0]: expected a cell [x, y] of the map of 9 × 9, got [3,4.5]' },
  {
    on: at(wolfSymbol, [
      [1, 1],
      [99, 1],
    ]),
    says: 'at[1]: expected a cell [x, y] of the map of 9 × 9, got [99,1]',
  },
  { on: at(wolfSymbol, [[1, -1]]), says: 'at[0]: expected a cell [x, y] of the map of 9 × 9, got [1,-1]' },
  {
    on: at(wolfSymbol, [[1, 2, 3]] as never),
    says: 'at[0]: expected a cell [x, y] of the map of 9 × 9, got [1,2,3]',
  },
  { on: at(wolfSymbol, undefined as never), says: 'at: expected cells [[x, y], …], got undefined' },
  { on: at(wolfSymbol, []), says: 'at: expected cells [[x, y], …], got []' },
  ...[undefined, [1, 1, 3], [1, 1, 9, 3], [3, 1, 1, 3], [1, 3, 3, 1], [1, 1, 3, 2.5], [-1, 1, 3, 3]].map(
    (area) => ({
      on: and(attack(wolfSymbol, anyOf(0)), not(inside(wolfSymbol, area as never))),
      says: `inside: expected a rectangle [left, top, right, bottom] of cells of the map of 9 × 9, got ${JSON.stringify(area)}`,
    }),
  ),
]

t.test(
  'rules about places that are not on the map are refused, with what was got and what is expected',
  async (t) => {
    for (const { on, says } of misplaced) {
      const rules = [
        { on: attack(wolfSymbol, anyOf(0)), pay: [] },
        { on, pay: [] },
      ]
      t.throws(() => planGrid({ ...VALID, width: 9, height: 9, rules }), {
        code: 'ERR_SCENARIO_INVALID',
        message: `grid world.rules[1].${says}`,
      })
    }
    const edges = [
      at(wolfSymbol, [
        [0, 8],
        [8, 0],
      ]),
      inside(wolfSymbol, [0, 0, 8, 8]),
      inside(wolfSymbol, [4, 4, 4, 4]),
    ]
    for (const on of edges) {
      t.doesNotThrow(() => planGrid({ ...VALID, width: 9, height: 9, rules: [{ on, pay: [] }] }))
    }
  },
)

for (const { field, changes } of refused) {
  t.test(`a world with ${JSON.stringify(changes).slice(0, 60)} is refused for its ${field}`, async (t) => {
    t.throws(() => planGrid({ ...VALID, ...changes }), {
      code: 'ERR_SCENARIO_INVALID',
      details: { field },
    } satisfies Partial<RuntimeError>)
  })
}

t.test('the world that all of these change is taken', async (t) => {
  t.equal(planGrid(VALID).groups.length, 1)
})

const large = { width: 100, height: 99 }
const strips: readonly {
  readonly what: string
  readonly changes: Partial<GridWorldConfig>
  readonly isTaken: boolean
}[] = [
  { what: 'a speed of 4', changes: { ...large, ...withType({ speed: 4 }) }, isTaken: false },
  { what: 'a speed below 4', changes: { ...large, ...withType({ speed: 3.9 }) }, isTaken: true },
  { what: 'a wide body', changes: { ...large, ...withType({ speed: 3, width: 3 }) }, isTaken: false },
  { what: 'a high body', changes: { ...large, ...withType({ speed: 3, height: 9 }) }, isTaken: true },
  { what: 'a wide body at rest', changes: { ...large, ...withType({ speed: 0, width: 9 }) }, isTaken: true },
  {
    what: 'a speed of 4 on 99 × 99 cells',
    changes: { ...large, width: 99, ...withType({ speed: 4 }) },
    isTaken: true,
  },
  {
    what: 'a speed of 4 in drawn order',
    changes: { ...large, order: 'manyfold', ...withType({ speed: 4 }) },
    isTaken: true,
  },
  {
    what: 'a passive group',
    changes: {
      ...large,
      groups: [wolf, { ...wolf, passive: true, type: { ...AGENT_TYPE, speed: 5, width: 9 } }],
    },
    isTaken: true,
  },
]

for (const { what, changes, isTaken } of strips) {
  t.test(`${what} is ${isTaken ? 'taken' : 'refused'} where moves could go by strips`, async (t) => {
    const plan = () => planGrid({ ...VALID, ...changes })
    if (isTaken) t.doesNotThrow(plan)
    else t.throws(plan, { code: 'ERR_SCENARIO_INVALID', details: { field: 'wolves.speed' } })
  })
}

t.test('the most that is taken', async (t) => {
  const actionsOf = (changes: Partial<AgentType>) =>
    planGrid({ ...VALID, ...withType(changes) }).specs[0]!.actions
  t.equal(actionsOf({ speed: 9 }), 253)
  t.equal(actionsOf({ speed: 8, attackRadius: 4.2 }), 253)
  t.equal(planGrid({ ...VALID, idBits: 32 }).config.idBits, 32)
  t.equal(planGrid({ ...VALID, groups: [{ ...wolf, capacity: 0 }] }).specs[0]!.capacity, 0)
})
