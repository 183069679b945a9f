import fc from 'fast-check'
import t from 'tap'
import { Random, seedKey } from '../../../runtime/core/rng.ts'
import {
  type AgentSymbol,
  type AgentType,
  and,
  anyOf,
  at,
  attack,
  collide,
  die,
  type Event,
  type GridWorldConfig,
  type GroupConfig,
  inside,
  kill,
  not,
  or,
  type RewardRule,
  symbolsOf,
} from '../../../scenarios/gridworld/config.ts'
import type { ReferenceAgent } from './_reference.ts'
import { Twins } from './_twins.ts'

fc.configureGlobal({ seed: 2026 })

const CAPACITY = 70

const rewards = fc.constantFrom(0, -0.1, 0.2, -0.005, 5, 1 / 3)

const anyType: fc.Arbitrary<AgentType> = fc.record({
  width: fc.constant(1),
  height: fc.constant(1),
  hp: fc.constantFrom(1, 2, 3.3, 6, 10),
  speed: fc.constantFrom(0, 1, 1.5, 2, 3),
  viewRadius: fc.constantFrom(1, 2.5, 4),
  attackRadius: fc.constantFrom(0, 1, 1.5, 2, 3),
  damage: fc.constantFrom(0, 0.7, 1, 2, 4.4),
  stepRecover: fc.constantFrom(0.1, 0.1, 0, -0.3, 1),
  killSupply: fc.constantFrom(0, 0, 0, 1.3, 8),
  stepReward: rewards,
  killReward: rewards,
  deadPenalty: rewards,
  attackPenalty: rewards,
  attackInGroup: fc.boolean(),
  canAbsorb: fc.constantFrom(false, false, false, true),
})

const anyBody = fc.constantFrom([1, 2], [2, 1], [2, 2], [1, 1])

const anyGroup = (isSlim: boolean): fc.Arbitrary<Omit<GroupConfig, 'name'>> =>
  fc
    .record({ type: anyType, body: anyBody, passive: fc.constantFrom(false, false, false, true) })
    .map(({ type, body, passive }) => ({
      type: isSlim ? type : { ...type, width: body[0]!, height: body[1]! },
      capacity: CAPACITY,
      passive,
    }))

/** Events over three symbols, or two of them. */
function anyEvent(symbols: readonly AgentSymbol[], width: number, height: number): fc.Arbitrary<Event> {
  const symbol = fc.constantFrom(...symbols)
  const pair = fc.shuffledSubarray([...symbols], { minLength: 2, maxLength: 2 })
  const x = fc.integer({ min: 1, max: width - 2 })
  const y = fc.integer({ min: 1, max: height - 2 })
  const simple: fc.Arbitrary<Event> = fc.oneof(
    pair.map(([a, b]) => attack(a!, b!)),
    pair.map(([a, b]) => kill(a!, b!)),
    pair.map(([a, b]) => collide(a!, b!)),
    symbol.map(die),
    fc.tuple(symbol, x, y).map(([a, cellX, cellY]) => at(a, [[cellX, cellY]])),
    fc
      .tuple(symbol, x, y, x, y)
      .map(([a, x1, y1, x2, y2]) =>
        inside(a, [Math.min(x1, x2), Math.min(y1, y2), Math.max(x1, x2), Math.max(y1, y2)]),
      ),
  )
  const [a, b, c] = symbols
  const typical: fc.Arbitrary<Event> = fc.constantFrom(
    attack(a!, b!),
    kill(a!, b!),
    collide(a!, b!),
    and(attack(a!, b!), attack(c!, b!)),
    and(attack(a!, b!), not(die(b!))),
    and(collide(a!, b!), or(die(a!), not(die(a!)))),
  )
  return fc.oneof(
    typical,
    simple,
    fc.tuple(simple, simple).map(([one, other]) => and(one, other)),
    fc.tuple(simple, simple).map(([one, other]) => or(one, other)),
    fc.tuple(simple, simple).map(([one, other]) => and(one, not(other))),
    simple.map(not),
  )
}

function anyRule(groups: number, width: number, height: number): fc.Arbitrary<RewardRule> {
  return (
    fc
      .array(fc.integer({ min: 0, max: groups - 1 }), { minLength: 3, maxLength: 3 })
      .chain((of) =>
        fc.record({
          on: anyEvent(of.map(anyOf), width, height),
          receivers: fc.array(fc.tuple(fc.nat(2), rewards), { minLength: 1, maxLength: 2 }),
          terminal: fc.constantFrom(false, false, false, false, false, true),
        }),
      )
      .map(({ on, receivers, terminal }) => {
        const named = symbolsOf(on)
        return {
          on,
          pay: receivers.map(([i, value]) => [named[i % named.length]!, value] as const),
          terminal,
        }
      })
      // Three symbols that range over whole groups are too many combinations for a plain loop.
      .filter(({ on }) => symbolsOf(on).length < 3 || on.kind === 'and')
  )
}

/** Rules that pay for a hit or a kill alone. */
function anyPlainRule(groups: number): fc.Arbitrary<RewardRule> {
  const group = fc.integer({ min: 0, max: groups - 1 }).map(anyOf)
  return fc
    .tuple(fc.constantFrom(attack, kill), group, group, rewards)
    .map(([event, subject, object, value]) => ({ on: event(subject, object), pay: [[subject, value]] }))
}

interface Play {
  readonly config: GridWorldConfig
  readonly shards: number
  readonly pieces: number
  /** Share of the cells that agents are tried on, and that are walls. */
  readonly crowd: number
  readonly walls: number
  /** Of attacks among the actions of those who can. */
  readonly fury: number
  readonly seed: number
}

function anyPlay(size: fc.Arbitrary<readonly [number, number]>, isSlim: boolean): fc.Arbitrary<Play> {
  return fc.tuple(size, fc.integer({ min: 1, max: 4 })).chain(([[width, height], groups]) =>
    fc.record({
      config: fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        groups: fc
          .array(anyGroup(isSlim), { minLength: groups, maxLength: groups })
          .map((all) => all.map((group, i) => ({ ...group, name: `group-${i}` }))),
        rules: fc.oneof(
          fc.array(anyPlainRule(groups), { maxLength: 2 }),
          fc.array(anyRule(groups, width, height), { maxLength: 3 }),
        ),
        idBits: fc.constant(4),
        minimap: fc.boolean(),
        order: fc.constantFrom('magent' as const, 'manyfold' as const),
      }),
      shards: fc.constantFrom(1, 3),
      pieces: fc.constantFrom(1, 3, 7),
      crowd: fc.constantFrom(0.2, 0.5, 0.9),
      walls: fc.constantFrom(0, 0.05),
      fury: fc.constantFrom(0.1, 0.5, 0.9),
      seed: fc.nat(),
    }),
  )
}

const smallMap = fc.tuple(fc.integer({ min: 8, max: 40 }), fc.integer({ min: 8, max: 24 }))
/** Above 99 × 99 cells, in strips of two widths. */
const largeMap = fc.constantFrom([100, 100] as const, [820, 13] as const, [97, 110] as const)

/** Numbers for one play. */
class Dice {
  readonly #random: Random
  #rolled = 0

  constructor(seed: number) {
    this.#random = new Random(seedKey(seed))
  }

  uniform(): number {
    return this.#random.uniform(2_000, 0, this.#rolled++)
  }

  below(n: number): number {
    return Math.floor(this.uniform() * n)
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!
  }
}

/** Agents in one crowd around the middle of the map, or around the borders of strips. */
function crowdIn(twins: Twins, { config, crowd, walls }: Play, dice: Dice): void {
  const { width, height, groups } = config
  const columns = Math.min(width - 2, 40)
  const rows = Math.min(height - 2, 24)
  const [left, top] = [Math.floor((width - columns) / 2), Math.floor((height - rows) / 2)]
  for (let i = 0; i < walls * columns * rows; i++) {
    twins.setWall(left + dice.below(columns), top + dice.below(rows))
  }
  for (let i = 0; i < crowd * columns * rows; i++) {
    const group = dice.below(groups.length)
    if (twins.reference.lists[group]!.length === CAPACITY) continue
    const agent = twins.tryPlace(group, left + dice.below(columns), top + dice.below(rows))
    if (agent && dice.uniform() < 0.3) twins.setHp(agent, agent.type.hp * dice.uniform())
  }
}

/** Attacks on others rather than on nothing, and moves in one direction or onto others rather than anywhere. */
function chooseActions(twins: Twins, { fury }: Play, dice: Dice): void {
  const { groups } = twins.grid.world.plan
  const drift = { dx: dice.below(3) - 1, dy: dice.below(3) - 1 }
  for (const agent of twins.agents) {
    const { moves, attacks } = groups[agent.group]!
    const isAttack = attacks.length > 0 && dice.uniform() < fury
    const choices = isAttack ? attacks : moves
    const isTaken = ({ dx, dy }: { dx: number; dy: number }): boolean => {
      const cell = twins.reference.at(agent.x + dx, agent.y + dy)
      return cell !== undefined && cell !== 'wall' && cell !== agent
    }
    const isAlong = ({ dx, dy }: { dx: number; dy: number }) => dx * drift.dx + dy * drift.dy > 0
    const liked =
      dice.uniform() < 0.8 ? choices.filter(isAttack || dice.uniform() < 0.5 ? isTaken : isAlong) : []
    const chosen = liked.length > 0 ? dice.pick(liked) : dice.pick(choices)
    agent.action = choices.indexOf(chosen) + (isAttack ? moves.length : 0)
  }
}

/** What happened in the plays so far, so that a test can tell that it saw everything. */
const seen: Record<string, number> = {}

function count(what: string): void {
  seen[what] = (seen[what] ?? 0) + 1
}

function countOutcomes(agents: readonly ReferenceAgent[]): void {
  for (const { outcome, op, hasFallen } of agents) {
    count(outcome)
    if (op === 'collide') count('collided')
    if (hasFallen) count('fell')
  }
}

/** How the engine goes about moves and rules, which hangs on the configuration. */
function countWays({ grid: { world } }: Twins): void {
  const { rules } = world.plan.config
  const rewards = world.phases.find(({ name }) => name === 'rewards')
  count(world.plan.movesInTurn ? 'moves in turn' : 'moves side by side')
  if (rules.length > 0) count(`rules: ${rewards?.kind ?? 'table'}`)
  if (rules.some(({ terminal }) => terminal) && world.ended()) count('over')
}

/** Plays both and throws at the first difference. */
function playTwins(play: Play, steps: number): void {
  const dice = new Dice(play.seed)
  const twins = new Twins(play.config, play.seed, play)
  crowdIn(twins, play, dice)
  for (let step = 0; step < steps; step++) {
    chooseActions(twins, play, dice)
    const before = twins.agents
    const difference = twins.step()
    if (difference) throw new Error(`step ${step}: ${difference}`)
    countOutcomes(before)
  }
  countWays(twins)
}

const plays = [
  { name: 'bodies of one cell', size: smallMap, isSlim: true, steps: 30, numRuns: 120 },
  { name: 'bodies of several cells', size: smallMap, isSlim: false, steps: 30, numRuns: 100 },
  { name: 'large maps', size: largeMap, isSlim: true, steps: 20, numRuns: 40 },
  { name: 'large maps with bodies of several cells', size: largeMap, isSlim: false, steps: 20, numRuns: 30 },
] as const

for (const { name, size, isSlim, steps, numRuns } of plays) {
  t.test(`worlds of ${name} come out as if agents acted one at a time`, async () => {
    fc.assert(
      fc.property(anyPlay(size, isSlim), (play) => playTwins(play, steps)),
      { numRuns, includeErrorInReport: true },
    )
  })
}

t.test('the plays had everything in them', async (t) => {
  t.comment(JSON.stringify(seen))
  for (const what of ['moved', 'late', 'missed', 'hit', 'killed', 'taken in', 'collided', 'fell']) {
    t.ok((seen[what] ?? 0) > 100, `${what}: ${seen[what]}`)
  }
  for (const way of [
    'moves in turn',
    'moves side by side',
    'rules: table',
    'rules: range',
    'rules: serial',
    'over',
  ]) {
    t.ok((seen[way] ?? 0) > 5, `${way}: ${seen[way]}`)
  }
})
