import type { Views } from '../../runtime/core/memory/layout.ts'
import type { AgentColumns } from '../../runtime/core/scenario.ts'
import { type AgentSymbol, type Event, type RewardRule, simpleEvents, symbolsOf } from './config.ts'
import type { GridColumns, GridPlan } from './plan.ts'
import { ALIVE, BLOCKED, HIT, KILLED, NO_AGENT, OUTSIDE, TAKEN_IN } from './words.ts'

const f = Math.fround

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

  const holds = (event: Event, binding: ReadonlyMap<AgentSymbol, number>): boolean => {
    switch (event.kind) {
      case 'attack':
        return isDone(HIT, binding.get(event.subject)!, binding.get(event.object)!)
      case 'kill':
        return isDone(KILLED, binding.get(event.subject)!, binding.get(event.object)!)
      case 'collide':
        return blockerOf(binding.get(event.subject)!) === binding.get(event.object)!
      case 'die':
        return dead[binding.get(event.subject)!] !== ALIVE
      case 'at': {
        const slot = binding.get(event.subject)!
        return cellsOf.get(event)!.has(y[slot]! * plan.config.width + x[slot]!)
      }
      case 'in': {
        const slot = binding.get(event.subject)!
        const [left, top, right, bottom] = event.area
        return x[slot]! >= left && x[slot]! <= right && y[slot]! >= top && y[slot]! <= bottom
      }
      case 'and':
        return event.events.every((inner) => holds(inner, binding))
      case 'or':
        return event.events.some((inner) => holds(inner, binding))
      case 'not':
        return !holds(event.event, binding)
    }
  }
  const isDone = (how: number, subject: number, object: number): boolean =>
    outcome[subject] === how && aimed[subject] === object

  /**
   * Binds the symbols of a rule from `index` on and pays for what holds.
   *
   * @param candidates agents that a symbol may range over, of any group, in the order of ids
   * @param payee the only agent that is paid, or `NO_AGENT` for all
   */
  const bindFrom = (
    rule: BoundRule,
    index: number,
    binding: Map<AgentSymbol, number>,
    candidates: (group: number) => Iterable<number>,
    payee: number,
  ): boolean => {
    if (index === rule.symbols.length) {
      if (!holds(rule.on, binding)) return false
      for (const [receiver, value] of rule.pay) {
        const slot = binding.get(receiver)!
        if (payee === NO_AGENT || slot === payee) pending[slot] = f(pending[slot]! + f(value))
      }
      return true
    }
    const symbol = rule.symbols[index]!
    const subject = rule.objectOf[index]!
    const choices = subject < 0 ? candidates(symbol.group) : [targetOf(binding.get(rule.symbols[subject]!)!)]
    let held = false
    for (const slot of choices) {
      if (slot === NO_AGENT || groupOf(slot) !== symbol.group || isBound(binding, slot)) continue
      binding.set(symbol, slot)
      if (bindFrom(rule, index + 1, binding, candidates, payee)) held = true
      binding.delete(symbol)
    }
    return held
  }

  const byId = (a: number, b: number): number => groupOf(a) - groupOf(b) || id[a]! - id[b]!

  /** The agent itself, and whoever attacks the same target or the agent. */
  const neighbours = (slot: number): number[] => {
    const found = new Set([slot])
    const heads = [slot, ...(outcome[slot] === HIT || outcome[slot] === KILLED ? [aimed[slot]!] : [])]
    for (const head of heads) {
      for (let other = struck[head]!; other !== NO_AGENT; other = link[other]!) found.add(other)
    }
    return [...found].sort(byId)
  }

  return {
    isLocal: rules.every(isLocalRule),

    payRange(group, from, to) {
      const touching = rules.filter(({ symbols }) => symbols.some((symbol) => symbol.group === group))
      const needsContact = touching.every(({ symbols }) => symbols.length > 1)
      const isAlone = touching.every(({ symbols }) => symbols.length === 1)
      for (let slot = from; slot < to; slot++) {
        const isIdle = outcome[slot] !== HIT && outcome[slot] !== KILLED && struck[slot] === NO_AGENT
        if (needsContact && isIdle && blockerOf(slot) === NO_AGENT) continue
        const near = isAlone ? [slot] : neighbours(slot)
        for (const rule of touching) bindFrom(rule, 0, new Map(), () => near, slot)
      }
    },

    payAll() {
      const everybody = plan.groups.map((_, group) =>
        Array.from({ length: living[group]! }, (_, i) => slots[group]! + i).sort(byId),
      )
      let isOver = false
      for (const rule of rules) {
        const held = bindFrom(rule, 0, new Map(), (group) => everybody[group]!, NO_AGENT)
        if (held && rule.terminal) isOver = true
      }
      return isOver
    },
  }
}

function isBound(binding: ReadonlyMap<AgentSymbol, number>, slot: number): boolean {
  for (const bound of binding.values()) if (bound === slot) return true
  return false
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
  return { ...rule, symbols, objectOf }
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
