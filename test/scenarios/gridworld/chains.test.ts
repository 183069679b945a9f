import t from 'tap'
import { Random } from '../../../runtime/core/rng.ts'
import {
  AGENT_TYPE,
  type AgentType,
  type GridWorldConfig,
  type Order,
} from '../../../scenarios/gridworld/config.ts'
import { nextEngine } from '../../../scenarios/gridworld/engine-random.ts'
import { ATTACK_ORDER_STREAM, MOVE_ORDER_STREAM } from '../../../scenarios/gridworld/words.ts'
import { placeOf, type ReferenceAgent } from './_reference.ts'
import { type Cut, Twins } from './_twins.ts'

/** Long enough to break a chain of calls into pieces several times over. */
const LINE = 1_100
const ORDERS = ['magent', 'manyfold'] as const
const CUTS: readonly Cut[] = [
  { shards: 1, pieces: 1 },
  { shards: 3, pieces: 7 },
]

/** A corridor with one group; on less than 99 × 99 cells no strips are drawn. */
function corridor(order: Order, type: Partial<AgentType>, length = LINE): GridWorldConfig {
  return {
    width: length + 6,
    height: 5,
    groups: [{ name: 'line', type: { ...AGENT_TYPE, ...type }, capacity: length }],
    rules: [],
    idBits: 0,
    minimap: false,
    order,
  }
}

/** Numbers in the order in which agents with them attack in the first step, if all do. */
function attackOrder({ reference, grid }: Twins, count: number): number[] {
  const numbers = [...Array(count).keys()]
  if (reference.config.order === 'manyfold')
    return drawnOrder(grid.solo.bound.agents.key, numbers, ATTACK_ORDER_STREAM)
  let engine = reference.engine
  for (const i of numbers.keys()) {
    engine = nextEngine(engine)
    const j = engine % (i + 1)
    ;[numbers[i], numbers[j]] = [numbers[j]!, numbers[i]!]
  }
  return numbers
}

/** Numbers in the order in which agents with them move in the first step. */
function moveOrder({ reference, grid }: Twins, count: number): number[] {
  const numbers = [...Array(count).keys()]
  if (reference.config.order === 'magent') return numbers
  return drawnOrder(grid.solo.bound.agents.key, numbers, MOVE_ORDER_STREAM)
}

function drawnOrder(key: Uint32Array, numbers: readonly number[], stream: number): number[] {
  const random = new Random(key)
  random.draw(stream, 0, 0)
  const [low, high] = [random.words[0]!, random.words[1]!]
  return [...numbers].sort((a, b) => placeOf(a, low, high) - placeOf(b, low, high))
}

/** Agents along row 2, from x = 3 on: `line[i]` is the number of the one at x = 3 + i. */
function lineUp(twins: Twins, line: readonly number[]): ReferenceAgent[] {
  const xs = new Map(line.map((number, i) => [number, 3 + i]))
  return line.map((_, number) => twins.tryPlace(0, xs.get(number)!, 2)!)
}

function actionOf(twins: Twins, kind: 'moves' | 'attacks', dx: number, dy: number): number {
  const { moves, attacks } = twins.grid.world.plan.groups[0]!
  const index = (kind === 'moves' ? moves : attacks).findIndex((cell) => cell.dx === dx && cell.dy === dy)
  return kind === 'moves' ? index : moves.length + index
}

const lines: readonly {
  readonly title: string
  /** From the tail at the left to the head at the right. */
  readonly line: (order: readonly number[]) => readonly number[]
  readonly hasWall: boolean
  readonly moved: number
}[] = [
  {
    title: 'a line whose head moves first moves as a whole',
    line: (order) => [...order].reverse(),
    hasWall: false,
    moved: LINE,
  },
  {
    title: 'a line whose head moves first, into a wall, stays as a whole',
    line: (order) => [...order].reverse(),
    hasWall: true,
    moved: 0,
  },
  {
    title: 'of a line whose tail moves first only the head moves',
    line: (order) => order,
    hasWall: false,
    moved: 1,
  },
]

for (const order of ORDERS) {
  for (const cut of CUTS) {
    const how = `${order} order, phases in ${cut.pieces} for ${cut.shards}`

    for (const { title, line, hasWall, moved } of lines) {
      t.test(`${title}: ${how}`, async (t) => {
        const twins = new Twins(corridor(order, { speed: 1 }), 5, cut)
        const agents = lineUp(twins, line(moveOrder(twins, LINE)))
        if (hasWall) twins.setWall(3 + LINE, 2)
        for (const agent of agents) agent.action = actionOf(twins, 'moves', 1, 0)
        t.equal(twins.step(), undefined)
        t.equal(agents.filter(({ outcome }) => outcome === 'moved').length, moved)
      })
    }

    t.test(`a line whose head loses its cell to another stays as a whole: ${how}`, async (t) => {
      const twins = new Twins(corridor(order, { speed: 1 }), 5, cut)
      const [first, ...others] = moveOrder(twins, LINE)
      // The first of all moves down into the cell in front of the head.
      const xs = new Map(others.reverse().map((number, i) => [number, 3 + i]))
      const head = 3 + others.length
      const agents = [...Array(LINE).keys()].map((number) =>
        number === first ? twins.tryPlace(0, head, 1)! : twins.tryPlace(0, xs.get(number)!, 2)!,
      )
      for (const [number, agent] of agents.entries()) {
        agent.action = number === first ? actionOf(twins, 'moves', 0, 1) : actionOf(twins, 'moves', 1, 0)
      }
      t.equal(twins.step(), undefined)
      t.same(
        agents.filter(({ outcome }) => outcome === 'moved').map(({ id }) => id),
        [first],
      )
    })

    t.test(`of a line of killers in the order of attacks every second one strikes: ${how}`, async (t) => {
      const killer = { hp: 1, damage: 2, attackRadius: 1, attackInGroup: true, killReward: 1 }
      const twins = new Twins(corridor(order, killer), 5, cut)
      const line = attackOrder(twins, LINE)
      const agents = lineUp(twins, line)
      for (const agent of agents) agent.action = actionOf(twins, 'attacks', 1, 0)
      t.equal(twins.step(), undefined)
      // The last one in the line attacks an empty cell, if it lives to do so.
      const wrong = line.filter((number, i) => {
        const { outcome, hasFallen } = agents[number]!
        const isLast = i === LINE - 1
        const isKiller = i % 2 === 0
        return hasFallen === isKiller || (!isLast && outcome !== (isKiller ? 'killed' : 'late'))
      })
      t.same(wrong, [])
    })

    t.test(`a line of killers against the order of attacks kills all but the first: ${how}`, async (t) => {
      const killer = { hp: 1, damage: 2, attackRadius: 1, attackInGroup: true }
      const twins = new Twins(corridor(order, killer), 5, cut)
      const line = attackOrder(twins, LINE).reverse()
      const agents = lineUp(twins, line)
      for (const agent of agents) agent.action = actionOf(twins, 'attacks', 1, 0)
      t.equal(twins.step(), undefined)
      t.same(
        agents.filter(({ hasFallen }) => !hasFallen).map(({ id }) => id),
        [line[0]],
      )
    })

    t.test(`what a kill supplies saves every killer in a line from the next one: ${how}`, async (t) => {
      const killer = { hp: 3, damage: 2, attackRadius: 1, attackInGroup: true, killSupply: 2 }
      const twins = new Twins(corridor(order, killer), 5, cut)
      const line = attackOrder(twins, LINE).reverse()
      const agents = lineUp(twins, line)
      for (const [i, number] of line.entries()) {
        // Each kills the wounded one on its right, and is then struck from the left.
        agents[number]!.action = actionOf(twins, 'attacks', 1, 0)
        twins.setHp(agents[number]!, i === LINE - 1 ? 1 : 1.5)
      }
      t.equal(twins.step(), undefined)
      const fallen = line.map((number) => agents[number]!.hasFallen)
      // The last one falls; its killer has 3 and is left with 1; whoever struck that one gained nothing.
      t.same(fallen.slice(-3), [true, false, true])
      t.ok(fallen.filter(Boolean).length > LINE / 3)
    })

    t.test(`a field of fighters comes out as if they struck one at a time: ${how}`, async (t) => {
      const fighter = {
        hp: 3,
        damage: 1,
        attackRadius: 1.5,
        attackInGroup: true,
        killSupply: 1,
        stepRecover: 0.5,
      }
      const config = { ...corridor(order, fighter, 1_500), width: 52, height: 44 }
      const twins = new Twins(config, 5, cut)
      for (let y = 1; y < 31; y++) for (let x = 1; x < 51; x++) twins.tryPlace(0, x, y)
      const { attacks, moves } = twins.grid.world.plan.groups[0]!
      const random = new Random(Uint32Array.of(1, 2))
      const differences: (string | undefined)[] = []
      for (let step = 0; step < 4; step++) {
        for (const agent of twins.agents) {
          agent.action = moves.length + random.below(attacks.length, 0, step, agent.id)
        }
        differences.push(twins.step())
      }
      t.same(differences, [undefined, undefined, undefined, undefined])
      t.ok(twins.agents.length < 1_300, `${twins.agents.length} of 1500 are left`)
    })
  }

  t.test(
    `two agents can't swap their cells in ${order} order, and a ring of agents can't turn`,
    async (t) => {
      const ring = [
        [5, 1, 1, 0],
        [6, 1, 1, 0],
        [7, 1, 0, 1],
        [7, 2, 0, 1],
        [7, 3, -1, 0],
        [6, 3, -1, 0],
        [5, 3, 0, -1],
        [5, 2, 0, -1],
      ] as const
      const swaps = [
        [
          [11, 1, 1, 0],
          [12, 1, -1, 0],
        ],
        [
          [14, 1, 2, 0],
          [16, 1, -2, 0],
        ],
        [
          [18, 1, 1, 1],
          [19, 2, -1, -1],
        ],
      ] as const
      for (let seed = 0; seed < 8; seed++) {
        const twins = new Twins(corridor(order, { speed: 2 }, 20), seed, CUTS[0]!)
        for (const [x, y, dx, dy] of [...ring, ...swaps.flat()]) {
          twins.tryPlace(0, x, y)!.action = actionOf(twins, 'moves', dx, dy)
        }
        const before = twins.agents.map(({ x, y }) => [x, y])
        t.equal(twins.step(), undefined)
        t.same(
          twins.agents.map(({ x, y }) => [x, y]),
          before,
        )
      }
    },
  )

  t.test(
    `of two who want the cell of one that leaves the first behind it gets it, in ${order} order`,
    async (t) => {
      /** Where the three stand and go: one leaves (9, 2), the two others want to be there. */
      const parts = [
        [9, 2, 1, 0],
        [8, 2, 1, 0],
        [9, 1, 0, 1],
      ] as const
      const orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
      ] as const
      for (const placed of orders) {
        for (let seed = 0; seed < 4; seed++) {
          const twins = new Twins(corridor(order, { speed: 1 }, 20), seed, { shards: 3, pieces: 1 })
          const agents = placed.map((part) => {
            const [x, y, dx, dy] = parts[part]!
            const agent = twins.tryPlace(0, x, y)!
            agent.action = actionOf(twins, 'moves', dx, dy)
            return agent
          })
          const turns = moveOrder(twins, 3)
          const turnOf = (part: number) => turns.indexOf(placed.indexOf(part as 0))
          const expected = [1, 2]
            .filter((part) => turnOf(part) > turnOf(0))
            .sort((a, b) => turnOf(a) - turnOf(b))[0]
          t.equal(twins.step(), undefined)
          const moved = agents.filter(({ outcome }) => outcome === 'moved').map(({ id }) => placed[id]!)
          t.same(new Set(moved), new Set(expected === undefined ? [0] : [0, expected]))
        }
      }
    },
  )
}
