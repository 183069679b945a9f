import type { Views } from '../../runtime/core/memory/layout.ts'
import type { AgentColumns } from '../../runtime/core/scenario.ts'
import { type AgentSymbol, type Event, type RewardRule, simpleEvents, symbolsOf } from './config.ts'
import type { GridColumns, GridPlan } from './plan.ts'
import { ALIVE, BLOCKED, HIT, KILLED, NO_AGENT, OUTSIDE, TAKEN_IN } from './words.ts'

const f = Math.fround

/** Agents that are in contact with one, more or less. */
const FEW = 16

/** True when all that rules pay is a number for a hit on, or a kill of, an agent of a group: `tableOf` says it all. */
export function paysByTable(rules: readonly RewardRule[]): boolean {
  const seen = new Set<string>()
  return rules.every(({ on, pay, terminal }) => {
    if (terminal || (on.kind !== 'attack' && on.kind !== 'kill')) return false
    if (pay.length !== 1 || pay[0]![0] !== on.subject) return false
    const key = `${on.kind} ${on.subject.group} ${on.object.group}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/** [groups][2] what a hit on, and a kill of, an agent of each group pays to one of `group`. */
export function tableOf(rules: readonly RewardRule[], group: number, groups: number): number[] {
  const table = Array<number>(2 * groups).fill(0)
  for (const { on, pay } of rules) {
    if ((on.kind !== 'attack' && on.kind !== 'kill') || on.subject.group !== group) continue
    table[2 * on.object.group + (on.kind === 'kill' ? 1 : 0)] = pay[0]![1]
  }
  return table
}

/** A rule with its symbols in the order in which they are bound. */
interface BoundRule extends RewardRule {
  readonly symbols: readonly AgentSymbol[]
  /** For each symbol an earlier one whose target it is, as an index, or −1: then it ranges over its group. */
  readonly objectOf: readonly number[]
  /** Slot of the agent that each symbol stands for, as far as they are bound. */
  readonly binding: Int32Array
}

/** Agents that symbols range over: those of group g, in the order of ids, from `starts[g]` up to `starts[g + 1]`. */
interface Roster {
  slots: Int32Array
  readonly starts: Int32Array
}

/**
 * What event rules pay in a step: the pending rewards of the agents, after all moves.
 *
 * For each rule in turn its symbols are bound in order of appearance: the object of an `attack`,
 * `kill` or `collide` is its subject's target, any other symbol each agent of its group in the order
 * of ids, those that died in the step included. For every binding that holds the receivers are paid.
 */
export interface RewardRules {
  /** True when an agent's rewards hang on those alone that it attacks or that attack it, so that `payRange` can be used. */
  readonly isLocal: boolean
  /** Pays the agents in `[from, to)`, slots of one group. */
  payRange(group: number, from: number, to: number): void
  /** Pays everybody; returns true when a terminal rule held. */
  payAll(): boolean
}

export function bindRules(
  plan: GridPlan,
  state: Views<GridColumns>,
  agents: Views<AgentColumns>,
  slots: readonly number[],
): RewardRules {
  const { x, y, pending, dead, outcome, move, aimed, struck, link, occupant } = state
  const { id, living, action } = agents
  const rules = plan.config.rules.map(bindSymbols)
  /** Flat indices of the cells of every `at`. */
  const cellsOf = new Map<Event, ReadonlySet<number>>()
  for (const { on } of rules) {
    for (const event of simpleEvents(on)) {
      if (event.kind !== 'at') continue
      cellsOf.set(event, new Set(event.positions.map(([column, row]) => row * plan.config.width + column)))
    }
  }
  const groupOf = (slot: number): number => {
    let group = 0
    while (group + 1 < slots.length && slot >= slots[group + 1]!) group++
    return group
  }

  /** The agent in the way of one that is blocked: at its turn, or else who stands there now. */
  const inTheWayOf = (slot: number): number => {
    if (aimed[slot] !== NO_AGENT) return aimed[slot]!
    const { dx, dy } = plan.groups[groupOf(slot)]!.moves[action[slot]!]!
    const cell = (y[slot]! + dy + plan.margin) * plan.stride + x[slot]! + dx + plan.margin
    const holder = occupant[cell]!
    return holder >= OUTSIDE ? NO_AGENT : holder
  }

  /** Whom an agent ran into. An agent that could take others in, but has taken one in already, is none. */
  const blockerOf = (slot: number): number => {
    if (move[slot] === TAKEN_IN) return aimed[slot]!
    if (move[slot] !== BLOCKED) return NO_AGENT
    const blocker = inTheWayOf(slot)
    const isTaker = blocker !== NO_AGENT && plan.config.groups[groupOf(blocker)]!.type.canAbsorb
    return isTaker ? NO_AGENT : blocker
  }
  const targetOf = (slot: number): number =>
    outcome[slot] === HIT || outcome[slot] === KILLED ? aimed[slot]! : blockerOf(slot)

  const boundTo = ({ symbols, binding }: BoundRule, symbol: AgentSymbol): number =>
    binding[symbols.indexOf(symbol)]!

  const holds = (event: Event, rule: BoundRule): boolean => {
    switch (event.kind) {
      case 'attack':
        return isDone(HIT, boundTo(rule, event.subject), boundTo(rule, event.object))
      case 'kill':
        return isDone(KILLED, boundTo(rule, event.subject), boundTo(rule, event.object))
      case 'collide':
        return blockerOf(boundTo(rule, event.subject)) === boundTo(rule, event.object)
      case 'die':
        return dead[boundTo(rule, event.subject)] !== ALIVE
      case 'at': {
        const slot = boundTo(rule, event.subject)
        return cellsOf.get(event)!.has(y[slot]! * plan.config.width + x[slot]!)
      }
      case 'in': {
        const slot = boundTo(rule, event.subject)
        const [left, top, right, bottom] = event.area
        return x[slot]! >= left && x[slot]! <= right && y[slot]! >= top && y[slot]! <= bottom
      }
      case 'and':
        for (const inner of event.events) if (!holds(inner, rule)) return false
        return true
      case 'or':
        for (const inner of event.events) if (holds(inner, rule)) return true
        return false
      case 'not':
        return !holds(event.event, rule)
    }
  }
  const isDone = (how: number, subject: number, object: number): boolean =>
    outcome[subject] === how && aimed[subject] === object

  /**
   * Binds the symbols of a rule from `index` on and pays for what holds.
   *
   * @param payee the only agent that is paid, or `NO_AGENT` for all
   */
  const bindFrom = (rule: BoundRule, index: number, roster: Roster, payee: number): boolean => {
    if (index === rule.symbols.length) return payFor(rule, payee)
    const subject = rule.objectOf[index]!
    if (subject >= 0) return bindTo(rule, index, targetOf(rule.binding[subject]!), roster, payee)
    const { group } = rule.symbols[index]!
    let held = false
    for (let i = roster.starts[group]!; i < roster.starts[group + 1]!; i++) {
      if (bindTo(rule, index, roster.slots[i]!, roster, payee)) held = true
    }
    return held
  }
  const bindTo = (rule: BoundRule, index: number, slot: number, roster: Roster, payee: number): boolean => {
    if (slot === NO_AGENT || groupOf(slot) !== rule.symbols[index]!.group) return false
    for (let bound = 0; bound < index; bound++) if (rule.binding[bound] === slot) return false
    rule.binding[index] = slot
    return bindFrom(rule, index + 1, roster, payee)
  }
  const payFor = (rule: BoundRule, payee: number): boolean => {
    if (!holds(rule.on, rule)) return false
    for (const [receiver, value] of rule.pay) {
      const slot = boundTo(rule, receiver)
      if (payee === NO_AGENT || slot === payee) pending[slot] = f(pending[slot]! + f(value))
    }
    return true
  }

  const byId = (a: number, b: number): number => groupOf(a) - groupOf(b) || id[a]! - id[b]!

  const roster: Roster = { slots: new Int32Array(FEW), starts: new Int32Array(slots.length + 1) }
  const makeRoom = (count: number): void => {
    if (count <= roster.slots.length) return
    const larger = new Int32Array(2 * count)
    larger.set(roster.slots)
    roster.slots = larger
  }
  /** Puts an agent into its place in the roster. */
  const enrol = (slot: number): void => {
    const { starts } = roster
    let place = starts[slots.length]!
    makeRoom(place + 1)
    for (; place > 0 && byId(roster.slots[place - 1]!, slot) > 0; place--)
      roster.slots[place] = roster.slots[place - 1]!
    roster.slots[place] = slot
    for (let group = groupOf(slot) + 1; group <= slots.length; group++) starts[group]!++
  }
  /** Whoever else attacks an agent. */
  const enrolAttackers = (slot: number, self: number): void => {
    for (let other = struck[slot]!; other !== NO_AGENT; other = link[other]!) if (other !== self) enrol(other)
  }

  /** For each group the rules that its agents have a part in. */
  const rulesOf = plan.groups.map((_, group) => {
    const touching = rules.filter(({ symbols }) => symbols.some((symbol) => symbol.group === group))
    return {
      touching,
      needsContact: touching.every(({ symbols }) => symbols.length > 1),
      isAlone: touching.every(({ symbols }) => symbols.length === 1),
    }
  })

  return {
    isLocal: rules.every(isLocalRule),

    payRange(group, from, to) {
      const { touching, needsContact, isAlone } = rulesOf[group]!
      for (let slot = from; slot < to; slot++) {
        const strikes = outcome[slot] === HIT || outcome[slot] === KILLED
        const isIdle = !strikes && struck[slot] === NO_AGENT
        if (needsContact && isIdle && blockerOf(slot) === NO_AGENT) continue
        roster.starts.fill(0)
        enrol(slot)
        if (!isAlone) {
          enrolAttackers(slot, slot)
          if (strikes) enrolAttackers(aimed[slot]!, slot)
        }
        for (const rule of touching) bindFrom(rule, 0, roster, slot)
      }
    },

    payAll() {
      const { starts } = roster
      for (let group = 0; group < slots.length; group++) {
        starts[group + 1] = starts[group]! + living[group]!
        makeRoom(starts[group + 1]!)
        const list = roster.slots.subarray(starts[group], starts[group + 1])
        for (let i = 0; i < list.length; i++) list[i] = slots[group]! + i
        list.sort(byId)
      }
      let isOver = false
      for (const rule of rules) {
        if (bindFrom(rule, 0, roster, NO_AGENT) && rule.terminal) isOver = true
      }
      return isOver
    },
  }
}

function bindSymbols(rule: RewardRule): BoundRule {
  const symbols = symbolsOf(rule.on)
  const links = linksOf(rule.on)
  const objectOf = symbols.map((symbol, index) => {
    const subject = links.find(
      ({ subject, object }) => object === symbol && symbols.indexOf(subject) < index,
    )?.subject
    return subject === undefined ? -1 : symbols.indexOf(subject)
  })
  return { ...rule, symbols, objectOf, binding: new Int32Array(symbols.length) }
}

type Link = Extract<Event, { readonly object: AgentSymbol }>

/** Every `attack`, `kill` and `collide` of an event. */
function linksOf(event: Event): Link[] {
  return simpleEvents(event).filter((simple) => 'object' in simple)
}

/**
 * True when whoever takes part in a binding attacks one and the same agent, or is it: then an agent's
 * neighbours are all that matter for it. So does a rule about one agent, and one about whom it runs into.
 */
function isLocalRule({ on, pay, symbols, objectOf, terminal }: BoundRule): boolean {
  if (terminal) return false
  if (symbols.length === 1) return true
  const required = on.kind === 'and' ? on.events : [on]
  const links = required.filter((event): event is Link => event.kind === 'attack' || event.kind === 'kill')
  const ranging = symbols.filter((_, index) => objectOf[index]! < 0)
  const objects = new Set(links.map(({ object }) => object))
  const isAroundOne = objects.size === 1 && symbols.length === ranging.length + 1
  if (isAroundOne && ranging.every((symbol) => links.some(({ subject }) => subject === symbol))) return true
  const [subject] = symbols
  return ranging.length === 1 && symbols.length === 2 && pay.every(([receiver]) => receiver === subject)
}
