import { Random } from '../../../runtime/core/rng.ts'
import type {
  AgentSymbol,
  AgentType,
  Event,
  GridWorldConfig,
  RewardRule,
} from '../../../scenarios/gridworld/config.ts'
import { attackRange, moveRange, type Offset } from '../../../scenarios/gridworld/ranges.ts'
import { ATTACK_ORDER_STREAM, MOVE_ORDER_STREAM } from '../../../scenarios/gridworld/words.ts'

/**
 * The rules of grid worlds, written for clarity alone: one attack, one move, one binding of a rule at a
 * time, in order. What the engine computes side by side must come out as if done so.
 */

const f = Math.fround

const MINSTD_MULTIPLIER = 16_807
const MINSTD_MODULUS = 2_147_483_647
const LARGE_MAP_CELLS = 99 * 99
const HUGE_MAP_CELLS = 1_000_000
const STRIP_BORDER = 4

/** How the step of an agent came out. */
export type Outcome =
  /** It had no attack and no move to make, or its move failed. */
  | 'nothing'
  | 'moved'
  /** It was dead when its attack was due. */
  | 'late'
  | 'missed'
  | 'hit'
  | 'killed'
  | 'taken in'

export interface ReferenceAgent {
  readonly id: number
  readonly group: number
  readonly type: AgentType
  x: number
  y: number
  hp: number
  /** Reward gathered in this step, and that of the step before. */
  reward: number
  lastReward: number
  /** It fell: by an attack, or by hunger. */
  hasFallen: boolean
  /** Another agent took it in. */
  hasLeft: boolean
  /** It took another agent in. */
  hasAbsorbed: boolean
  action: number
  outcome: Outcome
  /** What it did last and to whom, as event rules see it. */
  op: 'attack' | 'kill' | 'collide' | undefined
  target: ReferenceAgent | undefined
}

type Cell = ReferenceAgent | 'wall' | undefined

export class ReferenceWorld {
  readonly config: GridWorldConfig
  /** Of each group those that were in it when the step began, by id: the dead of the step stay until `clear`. */
  lists: ReferenceAgent[][]
  /** [group][group of the victim] */
  readonly kills: number[][]
  isOver = false
  engine: number
  readonly #random: Random
  readonly #map: Cell[][]
  readonly #moves: readonly (readonly Offset[])[]
  readonly #attacks: readonly (readonly Offset[])[]
  #step = 0
  #placed = 0

  /**
   * @param engine state of MAgent2's generator
   * @param key    [2] of the episode
   */
  constructor(config: GridWorldConfig, engine: number, key: Uint32Array) {
    const { width, height, groups } = config
    this.config = config
    this.engine = engine
    this.#random = new Random(key)
    this.lists = groups.map(() => [])
    this.kills = groups.map(() => groups.map(() => 0))
    this.#moves = groups.map(({ type }) => moveRange(type.speed))
    this.#attacks = groups.map(({ type }) => attackRange(type.attackRadius, type.width, type.height))
    this.#map = Array.from({ length: height }, (_, y) =>
      Array.from({ length: width }, (_, x) =>
        x === 0 || y === 0 || x === width - 1 || y === height - 1 ? 'wall' : undefined,
      ),
    )
  }

  setWall(x: number, y: number): void {
    this.#map[y]![x] = 'wall'
  }

  tryPlace(group: number, x: number, y: number): boolean {
    const { type } = this.config.groups[group]!
    const body = cellsOf(type, x, y)
    if (body.some(([cellX, cellY]) => this.at(cellX, cellY) !== undefined)) return false
    const agent: ReferenceAgent = {
      id: this.#placed++,
      group,
      type,
      x,
      y,
      hp: f(type.hp),
      reward: f(type.stepReward),
      lastReward: 0,
      hasFallen: false,
      hasLeft: false,
      hasAbsorbed: false,
      action: this.#moves[group]!.findIndex(({ dx, dy }) => dx === 0 && dy === 0),
      outcome: 'nothing',
      op: undefined,
      target: undefined,
    }
    this.lists[group]!.push(agent)
    this.#fill(agent, agent)
    return true
  }

  /** What stands in a cell; all that is not on the map counts as wall. */
  at(x: number, y: number): Cell {
    const row = this.#map[y]
    return row && x >= 0 && x < row.length ? row[x] : 'wall'
  }

  /** A step up to, and without, the clearing of the dead. Agents act as their `action` says. */
  step(): void {
    for (const agent of this.lists.flat()) {
      agent.outcome = 'nothing'
      agent.op = undefined
      agent.target = undefined
    }
    for (const agent of this.#attackOrder()) this.#attack(agent)
    for (const agent of this.lists.flat()) this.#starve(agent)
    for (const agent of this.#moveOrder()) this.#move(agent)
    for (const rule of this.config.rules) {
      if (this.#pay(rule) && rule.terminal) this.isOver = true
    }
    // Who was taken in still counts as alive in this step.
    if (this.lists.some((list) => list.every(({ hasFallen }) => hasFallen))) this.isOver = true
    this.#step++
  }

  /** Takes the dead out of the lists and starts the next step's rewards. */
  clear(): void {
    this.lists = this.lists.map((list) => list.filter(isAlive))
    for (const agent of this.lists.flat()) {
      agent.lastReward = agent.reward
      agent.reward = f(agent.type.stepReward)
    }
  }

  /** Who acts: everybody but agents of passive groups, group by group. */
  #acting(): ReferenceAgent[] {
    return this.lists.flatMap((list, group) => (this.config.groups[group]!.passive ? [] : list))
  }

  #isMover({ group, action }: ReferenceAgent): boolean {
    return action < this.#moves[group]!.length
  }

  #attackOrder(): ReferenceAgent[] {
    const attackers = this.#acting().filter((agent) => !this.#isMover(agent))
    if (this.config.order === 'manyfold') return this.#drawOrder(attackers, ATTACK_ORDER_STREAM)
    for (const i of attackers.keys()) {
      this.engine = (this.engine * MINSTD_MULTIPLIER) % MINSTD_MODULUS
      const j = this.engine % (i + 1)
      const swapped = attackers[i]!
      attackers[i] = attackers[j]!
      attackers[j] = swapped
    }
    return attackers
  }

  #moveOrder(): ReferenceAgent[] {
    const movers = this.#acting().filter((agent) => this.#isMover(agent))
    if (this.config.order === 'manyfold') return this.#drawOrder(movers, MOVE_ORDER_STREAM)
    const { width, height } = this.config
    if (width * height <= LARGE_MAP_CELLS) return movers
    const strips = width * height > HUGE_MAP_CELLS ? 16 : 8
    const stripWidth = Math.ceil(width / strips)
    const inner: ReferenceAgent[][] = Array.from({ length: strips }, () => [])
    const border: ReferenceAgent[] = []
    for (const agent of movers) {
      const along = agent.x % stripWidth
      if (along < STRIP_BORDER || along > stripWidth - STRIP_BORDER) border.push(agent)
      else inner[Math.floor(agent.x / stripWidth)]!.push(agent)
    }
    return [...inner.flat(), ...border]
  }

  /** By the place of the id under the step's keys, ascending. */
  #drawOrder(agents: readonly ReferenceAgent[], stream: number): ReferenceAgent[] {
    this.#random.draw(stream, this.#step, 0)
    const [low, high] = [this.#random.words[0]!, this.#random.words[1]!]
    return [...agents].sort((a, b) => placeOf(a.id, low, high) - placeOf(b.id, low, high))
  }

  #attack(agent: ReferenceAgent): void {
    if (!isAlive(agent)) {
      agent.outcome = 'late'
      return
    }
    const { group, type } = agent
    const { dx, dy } = this.#attacks[group]![agent.action - this.#moves[group]!.length]!
    const target = this.at(agent.x + dx, agent.y + dy)
    const penalty = f(type.attackPenalty)
    if (target === undefined || target === 'wall' || (target.group === group && !type.attackInGroup)) {
      agent.outcome = 'missed'
      agent.reward = f(agent.reward + penalty)
      return
    }
    agent.target = target
    target.hp = f(target.hp - f(type.damage))
    if (target.hp < 0) {
      this.#fell(target)
      agent.hp = Math.min(f(type.hp), f(agent.hp + f(target.type.killSupply)))
      agent.outcome = 'killed'
      agent.op = 'kill'
      agent.reward = f(agent.reward + f(f(target.type.killReward) + penalty))
      this.kills[group]![target.group]!++
    } else {
      agent.outcome = 'hit'
      agent.op = 'attack'
      agent.reward = f(agent.reward + penalty)
    }
  }

  #fell(agent: ReferenceAgent): void {
    agent.hasFallen = true
    agent.reward = f(agent.type.deadPenalty)
    this.#fill(agent, undefined)
  }

  #starve(agent: ReferenceAgent): void {
    if (!isAlive(agent)) return
    const recover = f(agent.type.stepRecover)
    agent.hp = f(agent.hp + recover)
    if (recover > 0) agent.hp = Math.min(f(agent.type.hp), agent.hp)
    if (agent.hp < 0) this.#fell(agent)
  }

  #move(agent: ReferenceAgent): void {
    // Who has taken somebody in stays where it is from then on.
    if (!isAlive(agent) || agent.hasAbsorbed) return
    const { dx, dy } = this.#moves[agent.group]![agent.action]!
    if (dx === 0 && dy === 0) return
    const [x, y] = [agent.x + dx, agent.y + dy]
    const inTheWay = cellsOf(agent.type, x, y).map(([cellX, cellY]) => this.at(cellX, cellY))
    if (inTheWay.every((cell) => cell === undefined || cell === agent)) {
      this.#fill(agent, undefined)
      agent.x = x
      agent.y = y
      this.#fill(agent, agent)
      agent.outcome = 'moved'
      return
    }
    const blocker = this.#firstBlocker(agent, x, y)
    if (!blocker || blocker.hasAbsorbed) return
    agent.op = 'collide'
    agent.target = blocker
    if (!blocker.type.canAbsorb) return
    blocker.hasAbsorbed = true
    blocker.hp = f(blocker.hp * 2)
    agent.hasLeft = true
    agent.outcome = 'taken in'
    this.#fill(agent, undefined)
  }

  /** The first agent in an area, column by column; none where the area leaves the map's inside to the right or below. */
  #firstBlocker(agent: ReferenceAgent, x: number, y: number): ReferenceAgent | undefined {
    const { width, height } = this.config
    if (x < 0 || y < 0 || x + agent.type.width >= width || y + agent.type.height >= height) return undefined
    for (const [cellX, cellY] of cellsOf(agent.type, x, y)) {
      const cell = this.at(cellX, cellY)
      if (cell !== undefined && cell !== 'wall' && cell !== agent) return cell
    }
    return undefined
  }

  #fill(agent: ReferenceAgent, cell: Cell): void {
    for (const [x, y] of cellsOf(agent.type, agent.x, agent.y)) this.#map[y]![x] = cell
  }

  /** Pays for all bindings of a rule's symbols; true when there is one for which it holds. */
  #pay(rule: RewardRule): boolean {
    const symbols = namedIn(rule.on)
    let hasHeld = false
    const bind = (bound: Map<AgentSymbol, ReferenceAgent>): void => {
      const symbol = symbols[bound.size]
      if (symbol === undefined) {
        if (!holds(rule.on, bound)) return
        hasHeld = true
        for (const [receiver, value] of rule.pay) {
          const agent = bound.get(receiver)!
          agent.reward = f(agent.reward + f(value))
        }
        return
      }
      const doer = subjectOf(rule.on, symbol, bound)
      const candidates = doer === undefined ? this.lists[symbol.group]! : [bound.get(doer)!.target]
      for (const agent of candidates) {
        if (!agent || agent.group !== symbol.group || [...bound.values()].includes(agent)) continue
        bind(new Map(bound).set(symbol, agent))
      }
    }
    bind(new Map())
    return hasHeld
  }
}

export function isAlive({ hasFallen, hasLeft }: ReferenceAgent): boolean {
  return !hasFallen && !hasLeft
}

/** The cells of a body, column by column. */
function cellsOf({ width, height }: AgentType, x: number, y: number): [x: number, y: number][] {
  return Array.from({ length: width * height }, (_, i) => [x + Math.floor(i / height), y + (i % height)])
}

function holds(event: Event, bound: ReadonlyMap<AgentSymbol, ReferenceAgent>): boolean {
  switch (event.kind) {
    case 'attack':
    case 'kill':
    case 'collide': {
      const { op, target } = bound.get(event.subject)!
      return op === event.kind && target === bound.get(event.object)
    }
    case 'die':
      return !isAlive(bound.get(event.subject)!)
    case 'at': {
      const { x, y } = bound.get(event.subject)!
      return event.positions.some(([cellX, cellY]) => x === cellX && y === cellY)
    }
    case 'in': {
      const { x, y } = bound.get(event.subject)!
      const [left, top, right, bottom] = event.area
      return left <= x && x <= right && top <= y && y <= bottom
    }
    case 'and':
      return event.events.every((inner) => holds(inner, bound))
    case 'or':
      return event.events.some((inner) => holds(inner, bound))
    case 'not':
      return !holds(event.event, bound)
  }
}

/** Events of an event that have no events inside. */
function simpleEvents(event: Event): Extract<Event, { readonly subject: AgentSymbol }>[] {
  if ('subject' in event) return [event]
  return event.kind === 'not' ? simpleEvents(event.event) : event.events.flatMap(simpleEvents)
}

/** Symbols in the order in which an event names them. */
function namedIn(event: Event): AgentSymbol[] {
  return [
    ...new Set(
      simpleEvents(event).flatMap((simple) =>
        'object' in simple ? [simple.subject, simple.object] : [simple.subject],
      ),
    ),
  ]
}

/** A bound symbol that attacks, kills or runs into `object`, so that its target is the only candidate. */
function subjectOf(
  event: Event,
  object: AgentSymbol,
  bound: ReadonlyMap<AgentSymbol, ReferenceAgent>,
): AgentSymbol | undefined {
  return simpleEvents(event).find(
    (simple) => 'object' in simple && simple.object === object && bound.has(simple.subject),
  )?.subject
}

const PLACE_MASK = 0x3fffffff

/** The place of an id in a drawn order: a bijection of 30 bits, keyed by two words. */
export function placeOf(id: number, low: number, high: number): number {
  const times = (a: number, b: number) => Math.imul(a, b) & PLACE_MASK
  let place = (id ^ low) & PLACE_MASK
  place = times(place, 0x7feb352d)
  place ^= place >>> 15
  place = (place + (high & PLACE_MASK)) & PLACE_MASK
  place = times(place, 0x846ca68b)
  place ^= place >>> 16
  place = times(place, 0x9e3779b1)
  return place ^ (place >>> 15)
}
