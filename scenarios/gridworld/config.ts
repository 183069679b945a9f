import { RuntimeError } from '../../runtime/core/errors.ts'
import { attackRange, moveRange, viewRange } from './ranges.ts'
import { NEVER_ACTED } from './words.ts'

/**
 * A grid world in MAgent's own terms: kinds of agents, groups of them, and rules that pay for events.
 * All hp and rewards are float32, as in its engine.
 */
export interface GridWorldConfig {
  /** Cells, the ring of walls included. */
  readonly width: number
  readonly height: number
  readonly groups: readonly GroupConfig[]
  readonly rules: readonly RewardRule[]
  /** Bits of its id that an agent observes. */
  readonly idBits: number
  /** Agents observe the coarse maps of all groups and their own place. */
  readonly minimap: boolean
  readonly order: Order
}

/**
 * In which order attacks and moves of a step are resolved.
 *
 * - `magent`: as MAgent2 does, attacks shuffled by its sequential generator, moves in the order of the
 *   lists, which favours the first group and low ids, and by strips on maps above 99 × 99 cells
 * - `manyfold`: attacks and moves each in an order drawn for the step
 */
export type Order = 'magent' | 'manyfold'

export interface GroupConfig {
  readonly name: string
  readonly type: AgentType
  /** Most agents that the group can have. */
  readonly capacity: number
  /** Its agents never act, such as food. */
  readonly passive?: boolean
  /** Groups of one team are on the same side; left out, a group is a team of its own. */
  readonly team?: string
}

/** What agents of one kind are like. Radii are Euclidean, in cells from the middle of the body. */
export interface AgentType {
  /** Cells of the body; its place is that of the top left one. */
  readonly width: number
  readonly height: number
  /** At birth and at most. An agent dies below 0; at exactly 0 it lives. */
  readonly hp: number
  /** Radius of the cells that it can move to in a step; 0: it stays. */
  readonly speed: number
  readonly viewRadius: number
  /** Radius of the cells that it can attack, its own body excluded; 0: none. */
  readonly attackRadius: number
  /** Hp that an attack takes from its target. */
  readonly damage: number
  /** Hp gained at the end of each step, or, when not above 0, lost. */
  readonly stepRecover: number
  /** Hp that its killer gains, up to its maximum. */
  readonly killSupply: number
  readonly stepReward: number
  /** Paid to its killer. */
  readonly killReward: number
  /** In place of all that a dying agent was to be paid in the step; event rules pay it still. */
  readonly deadPenalty: number
  /** Paid for every attack, whatever it hits. */
  readonly attackPenalty: number
  /** It can attack agents of its own group. */
  readonly attackInGroup: boolean
  /** The first agent that walks into it is taken in: it leaves the map, and the hp here doubles. */
  readonly canAbsorb: boolean
}

/** MAgent's defaults. */
export const AGENT_TYPE: AgentType = Object.freeze({
  width: 1,
  height: 1,
  hp: 1,
  speed: 1,
  viewRadius: 1,
  attackRadius: 0,
  damage: 0,
  stepRecover: 0,
  killSupply: 0,
  stepReward: 0,
  killReward: 0,
  deadPenalty: 0,
  attackPenalty: 0,
  attackInGroup: false,
  canAbsorb: false,
})

/** Any agent of a group, in event rules. Two symbols never stand for the same agent. */
export interface AgentSymbol {
  readonly group: number
}

/** A cell, and a rectangle of cells with both corners inside. */
export type Position = readonly [x: number, y: number]
export type Area = readonly [left: number, top: number, right: number, bottom: number]

/**
 * What happened to agents in a step. In `attack` (a hit that does not kill), `kill` and `collide` (a
 * move that failed because of an agent) the object is whoever the subject struck or ran into. Who walks
 * into an agent that has taken somebody in already runs into nobody. To `die` is to leave the map: by an
 * attack, of hunger, or taken in.
 */
export type Event =
  | {
      readonly kind: 'attack' | 'kill' | 'collide'
      readonly subject: AgentSymbol
      readonly object: AgentSymbol
    }
  | { readonly kind: 'die'; readonly subject: AgentSymbol }
  | { readonly kind: 'at'; readonly subject: AgentSymbol; readonly positions: readonly Position[] }
  | { readonly kind: 'in'; readonly subject: AgentSymbol; readonly area: Area }
  | { readonly kind: 'and' | 'or'; readonly events: readonly Event[] }
  | { readonly kind: 'not'; readonly event: Event }

/** Pays its receivers once for every binding of its symbols to agents for which the event holds. */
export interface RewardRule {
  readonly on: Event
  readonly pay: readonly (readonly [receiver: AgentSymbol, value: number])[]
  /** The episode is over when it happens. */
  readonly terminal?: boolean
}

export function anyOf(group: number): AgentSymbol {
  return { group }
}

export function attack(subject: AgentSymbol, object: AgentSymbol): Event {
  return { kind: 'attack', subject, object }
}

export function kill(subject: AgentSymbol, object: AgentSymbol): Event {
  return { kind: 'kill', subject, object }
}

export function collide(subject: AgentSymbol, object: AgentSymbol): Event {
  return { kind: 'collide', subject, object }
}

export function die(subject: AgentSymbol): Event {
  return { kind: 'die', subject }
}

/** It stands on one of the cells. One rule for a whole pattern costs as much as one for a single cell. */
export function at(subject: AgentSymbol, positions: readonly Position[]): Event {
  return { kind: 'at', subject, positions }
}

export function inside(subject: AgentSymbol, area: Area): Event {
  return { kind: 'in', subject, area }
}

export function and(...events: readonly Event[]): Event {
  return { kind: 'and', events }
}

export function or(...events: readonly Event[]): Event {
  return { kind: 'or', events }
}

export function not(event: Event): Event {
  return { kind: 'not', event }
}

const MOST_GROUPS = 8
/** A slot and a rank of moves have to fit their words. */
const MOST_AGENTS = 2 ** 26
/** Coordinates are 16 bits. */
export const LARGEST_MAP = 65_535
/** Displacements of a move are signed bytes. A view or an attack of a longer radius has too many cells anyway. */
const LONGEST_RADIUS = 127
/** The last action is a byte. */
const MOST_ACTIONS = NEVER_ACTED - 1
const MOST_ID_BITS = 32
/** Large-map rule of MAgent2: above this many cells moves go by strips. */
export const LARGE_MAP_CELLS = 9_801
/** Cells around the border of two strips whose movers come last: from strip to strip nobody else may reach. */
const STRIP_GAP = 8

/**
 * Refuses what the engine can't represent.
 *
 * @throws ERR_SCENARIO_INVALID
 */
export function checkConfig(config: GridWorldConfig): void {
  const refuse: Refuse = (where, expected, got) => {
    const message = `grid world.${where}: expected ${expected}, got ${JSON.stringify(got)}`
    throw new RuntimeError('ERR_SCENARIO_INVALID', message, { details: { field: where, got } })
  }
  const { width, height, groups, rules, idBits } = config
  for (const [name, size] of [
    ['width', width],
    ['height', height],
  ] as const) {
    if (!Number.isInteger(size) || size < 3 || size > LARGEST_MAP)
      refuse(name, `a whole number from 3 to ${LARGEST_MAP}`, size)
  }
  if (groups.length < 1 || groups.length > MOST_GROUPS)
    refuse('groups', `1 to ${MOST_GROUPS} groups`, groups.length)
  if (!Number.isInteger(idBits) || idBits < 0 || idBits > MOST_ID_BITS)
    refuse('idBits', `a whole number from 0 to ${MOST_ID_BITS}`, idBits)
  for (const { name, type, capacity } of groups) {
    if (!Number.isInteger(capacity) || capacity < 0)
      refuse(`${name}.capacity`, 'a whole number of at least 0', capacity)
    if (!(type.hp > 0)) refuse(`${name}.hp`, 'a number above 0', type.hp)
    for (const side of ['width', 'height'] as const) {
      if (!Number.isInteger(type[side]) || type[side] < 1)
        refuse(`${name}.${side}`, 'a whole number of cells, at least one', type[side])
    }
    for (const radius of ['speed', 'viewRadius', 'attackRadius'] as const) {
      if (!(type[radius] >= 0 && type[radius] <= LONGEST_RADIUS))
        refuse(`${name}.${radius}`, `a radius from 0 to ${LONGEST_RADIUS} cells`, type[radius])
    }
    const { width: bodyWidth, height: bodyHeight } = type
    const actions =
      moveRange(type.speed).length + attackRange(type.attackRadius, bodyWidth, bodyHeight).length
    if (actions > MOST_ACTIONS)
      refuse(`${name}.actions`, `at most ${MOST_ACTIONS} moves and attacks together`, actions)
    const { viewRadius } = type
    if (viewRange(viewRadius, bodyWidth, bodyHeight).cells.length === 0)
      refuse(`${name}.viewRadius`, 'a view with cells', viewRadius)
  }
  const agents = groups.reduce((sum, { capacity }) => sum + capacity, 0)
  if (agents >= MOST_AGENTS) refuse('groups', `fewer than ${MOST_AGENTS} agents in all`, agents)
  checkStrips(config, refuse)
  for (const [i, rule] of rules.entries()) {
    const symbols = symbolsOf(rule.on)
    for (const symbol of symbols) {
      if (groups[symbol.group] === undefined)
        refuse(`rules[${i}].group`, `one of ${groups.length} groups`, symbol.group)
    }
    for (const [receiver] of rule.pay) {
      if (!symbols.includes(receiver))
        refuse(`rules[${i}].pay`, 'receivers that the event names', receiver.group)
    }
    for (const event of simpleEvents(rule.on)) checkPlace(config, event, `rules[${i}]`, refuse)
  }
}

type Refuse = (where: string, expected: string, got: unknown) => never

/** The cells of `at` and the rectangle of `inside` are on the map: others would never hold, and nobody would notice. */
function checkPlace(
  { width, height }: GridWorldConfig,
  event: SimpleEvent,
  rule: string,
  refuse: Refuse,
): void {
  const isCell = (x: number, y: number): boolean =>
    Number.isInteger(x) && Number.isInteger(y) && x >= 0 && x < width && y >= 0 && y < height
  if (event.kind === 'at') {
    const { positions } = event
    if (!Array.isArray(positions) || positions.length === 0)
      refuse(`${rule}.at`, 'cells [[x, y], …]', positions)
    for (const [i, cell] of positions.entries()) {
      if (!Array.isArray(cell) || cell.length !== 2 || !isCell(cell[0], cell[1]))
        refuse(`${rule}.at[${i}]`, `a cell [x, y] of the map of ${width} × ${height}`, cell)
    }
  }
  if (event.kind === 'in') {
    const { area } = event
    const expected = `a rectangle [left, top, right, bottom] of cells of the map of ${width} × ${height}`
    if (!Array.isArray(area) || area.length !== 4) refuse(`${rule}.inside`, expected, area)
    const [left, top, right, bottom] = area
    if (!isCell(left, top) || !isCell(right, bottom) || left > right || top > bottom)
      refuse(`${rule}.inside`, expected, area)
  }
}

/**
 * MAgent2 moves one strip of a large map after the other, and the order of moves here knows no strips: where
 * agents of two strips could meet it would be another one.
 */
function checkStrips({ width, height, groups, order }: GridWorldConfig, refuse: Refuse): void {
  if (order === 'manyfold' || width * height <= LARGE_MAP_CELLS) return
  const movers = groups.filter(({ passive }) => !passive)
  const farthest = Math.max(...movers.map(({ type }) => Math.floor(type.speed)))
  for (const { name, type } of movers) {
    const speed = Math.floor(type.speed)
    if (speed > 0 && speed + farthest + type.width > STRIP_GAP) {
      const most = `a speed below 4, or less with a body ${type.width} cells wide,`
      const cells = LARGE_MAP_CELLS.toLocaleString('en')
      refuse(
        `${name}.speed`,
        `${most} on a map above ${cells} cells in order magent (take order manyfold)`,
        type.speed,
      )
    }
  }
}

export type SimpleEvent = Exclude<Event, { readonly kind: 'and' | 'or' | 'not' }>

/** The events that an event is composed of, in order of appearance. */
export function simpleEvents(event: Event): SimpleEvent[] {
  if ('events' in event) return event.events.flatMap(simpleEvents)
  return 'event' in event ? simpleEvents(event.event) : [event]
}

/** The symbols of an event, in order of appearance. */
export function symbolsOf(event: Event): AgentSymbol[] {
  const found = new Set<AgentSymbol>()
  for (const simple of simpleEvents(event)) {
    found.add(simple.subject)
    if ('object' in simple) found.add(simple.object)
  }
  return [...found]
}
