import t from 'tap'
import {
  AGENT_TYPE,
  type AgentType,
  anyOf,
  collide,
  die,
  type GridWorldConfig,
  type GroupConfig,
  type Order,
} from '../../../scenarios/gridworld/config.ts'
import type { ReferenceAgent } from './_reference.ts'
import { Twins } from './_twins.ts'

const ORDERS = ['magent', 'manyfold'] as const
const GOALS = 0
const WALKERS = 1

const goal: AgentType = { ...AGENT_TYPE, canAbsorb: true }
const walker: AgentType = { ...AGENT_TYPE, hp: 10, stepReward: -0.25 }

/** Goals, and walkers that are paid 10 for a goal that they run into. */
function arrange(
  order: Order,
  changes: { readonly goals?: Partial<GroupConfig>; readonly walkers?: Partial<AgentType> } = {},
): GridWorldConfig {
  const [subject, object, dying] = [anyOf(WALKERS), anyOf(GOALS), anyOf(WALKERS)]
  return {
    width: 16,
    height: 11,
    groups: [
      { name: 'goals', type: goal, capacity: 8, passive: true, ...changes.goals },
      { name: 'walkers', type: { ...walker, ...changes.walkers }, capacity: 12 },
    ],
    rules: [
      { on: collide(subject, object), pay: [[subject, 10]] },
      { on: die(dying), pay: [[dying, 1]] },
    ],
    idBits: 0,
    minimap: true,
    order,
  }
}

function open(config: GridWorldConfig, seed = 3): Twins {
  return new Twins(config, seed, { shards: 3, pieces: 3 })
}

/** Sends an agent on its way. */
function walk(twins: Twins, agent: ReferenceAgent, dx: number, dy: number): ReferenceAgent {
  const { moves } = twins.grid.world.plan.groups[agent.group]!
  agent.action = moves.findIndex((cell) => cell.dx === dx && cell.dy === dy)
  return agent
}

function send(twins: Twins, x: number, y: number, dx: number, dy: number): ReferenceAgent {
  return walk(twins, twins.tryPlace(WALKERS, x, y)!, dx, dy)
}

for (const order of ORDERS) {
  t.test(
    `one of four who walk into a goal is taken in and paid, the others stay, in ${order} order`,
    async (t) => {
      for (let seed = 0; seed < 6; seed++) {
        const twins = open(arrange(order), seed)
        const taker = twins.tryPlace(GOALS, 6, 5)!
        const walkers = [
          send(twins, 5, 5, 1, 0),
          send(twins, 7, 5, -1, 0),
          send(twins, 6, 4, 0, 1),
          send(twins, 6, 6, 0, -1),
        ]
        t.equal(twins.step(), undefined)
        const taken = walkers.filter(({ hasLeft }) => hasLeft)
        t.same(
          taken.map(({ reward }) => reward),
          [10.75],
        )
        t.match(taker, { hp: 2, hasAbsorbed: true })
        t.same(
          new Set(walkers.filter(({ hasLeft }) => !hasLeft).map(({ lastReward }) => lastReward)),
          new Set([-0.25]),
        )
        if (order === 'magent') t.ok(walkers[0]!.hasLeft, 'the first of the list')
      }
    },
  )

  t.test(`nobody is taken in, moved or paid by a goal that is taken, in ${order} order`, async (t) => {
    const twins = open(arrange(order))
    twins.tryPlace(GOALS, 6, 5)
    const first = send(twins, 5, 5, 1, 0)
    t.equal(twins.step(), undefined)
    t.ok(first.hasLeft)
    const second = send(twins, 7, 5, -1, 0)
    for (let step = 0; step < 3; step++) {
      t.equal(twins.step(), undefined)
      t.match(second, { x: 7, y: 5, hasLeft: false, lastReward: -0.25 })
    }
  })

  t.test(`who is taken in makes room for the line behind it, in ${order} order`, async (t) => {
    let [whole, broken] = [0, 0]
    for (let seed = 0; seed < 12; seed++) {
      const twins = open(arrange(order), seed)
      twins.tryPlace(GOALS, 12, 5)
      const line = [11, 10, 9, 8].map((x) => send(twins, x, 5, 1, 0))
      t.equal(twins.step(), undefined)
      t.ok(line[0]!.hasLeft)
      if (line.slice(1).every(({ outcome }) => outcome === 'moved')) whole++
      else broken++
    }
    t.ok(order === 'magent' ? whole === 12 : whole > 0 && broken > 0, `${whole} whole, ${broken} broken`)
  })

  t.test(
    `the last of a group that is taken in ends the episode a step later, in ${order} order`,
    async (t) => {
      const twins = open(arrange(order))
      twins.tryPlace(GOALS, 6, 5)
      send(twins, 5, 5, 1, 0)
      t.equal(twins.step(), undefined)
      t.equal(twins.grid.world.ended(), false)
      t.equal(twins.step(), undefined)
      t.equal(twins.grid.world.ended(), true)
    },
  )

  t.test(`a goal that walks away lets its follower be, in ${order} order`, async (t) => {
    for (let seed = 0; seed < 6; seed++) {
      const twins = open(arrange(order, { goals: { passive: false } }), seed)
      const taker = walk(twins, twins.tryPlace(GOALS, 6, 5)!, 1, 0)
      const follower = send(twins, 5, 5, 1, 0)
      t.equal(twins.step(), undefined)
      // Whoever comes before the goal walks into it, and then it stays.
      t.same([taker.x, follower.x, follower.hasLeft], follower.hasLeft ? [6, 5, true] : [7, 6, false])
      if (order === 'magent') t.notOk(follower.hasLeft)
    }
  })

  t.test(`a goal that has taken somebody in moves no more, in ${order} order`, async (t) => {
    const twins = open(arrange(order, { goals: { passive: false } }))
    const taker = walk(twins, twins.tryPlace(GOALS, 6, 5)!, 0, 0)
    const bystander = send(twins, 2, 2, 0, 0)
    send(twins, 5, 5, 1, 0)
    t.equal(twins.step(), undefined)
    t.ok(taker.hasAbsorbed)
    walk(twins, taker, 1, 0)
    walk(twins, bystander, 1, 0)
    t.equal(twins.step(), undefined)
    t.same([taker.x, bystander.x], [6, 3])
  })

  t.test(
    `a large body is taken in by the first goal in its way, column by column, in ${order} order`,
    async (t) => {
      const twins = open(arrange(order, { walkers: { width: 2, height: 2 } }))
      const goals = [
        [6, 6],
        [7, 5],
        [6, 5],
      ].map(([x, y]) => twins.tryPlace(GOALS, x!, y!)!)
      const giant = send(twins, 4, 5, 1, 0)
      t.equal(twins.step(), undefined)
      t.ok(giant.hasLeft)
      t.same(
        goals.map(({ hasAbsorbed }) => hasAbsorbed),
        [false, false, true],
      )
    },
  )

  for (const { what, walls, goalAt, x, dx, isTakenIn } of [
    { what: 'a wall and a goal', walls: [[6, 5]], goalAt: [6, 6], x: 4, dx: 1, isTakenIn: true },
    { what: 'a wall alone', walls: [[6, 5]], goalAt: [9, 9], x: 4, dx: 1, isTakenIn: false },
    { what: 'the ring on the left and a goal', walls: [], goalAt: [1, 6], x: 2, dx: -2, isTakenIn: true },
    { what: 'the ring on the right and a goal', walls: [], goalAt: [14, 6], x: 12, dx: 2, isTakenIn: false },
  ] as const) {
    t.test(
      `a large body that meets ${what} is ${isTakenIn ? '' : 'not '}taken in, in ${order} order`,
      async (t) => {
        const twins = open(arrange(order, { walkers: { width: 2, height: 2, speed: 2 } }))
        for (const [wallX, wallY] of walls) twins.setWall(wallX, wallY)
        twins.tryPlace(GOALS, goalAt[0], goalAt[1])
        const giant = send(twins, x, 5, dx, 0)
        t.equal(twins.step(), undefined)
        t.equal(giant.hasLeft, isTakenIn)
        t.equal(giant.x, x)
      },
    )
  }
}
