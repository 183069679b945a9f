import type { ScriptedPolicy, WorldMemory } from '../../runtime/core/scenario.ts'
import type { GridColumns, GridPlan } from './plan.ts'
import { FIRST_AGENT_CODE, OUTSIDE } from './words.ts'

/**
 * Advance and attack: strike the nearest agent of another team in reach, else step towards the nearest
 * one seen, or into it where it takes others in, else towards the middle of the largest group of another
 * team.
 */
export function bindNearestEnemy(plan: GridPlan, memory: WorldMemory<GridColumns>): ScriptedPolicy {
  // Most worlds never see it played.
  const bound: ((slot: number) => number)[] = []
  return (group, from, to) => {
    bound[group] ??= bindGroup(plan, memory, group)
    const decide = bound[group]
    const first = memory.slots[group]!
    for (let slot = first + from; slot < first + to; slot++) memory.agents.action[slot] = decide(slot)
  }
}

function bindGroup(
  plan: GridPlan,
  memory: WorldMemory<GridColumns>,
  group: number,
): (slot: number) => number {
  const { stride, margin, levels } = plan
  const { moves, stay, attacks, view } = plan.groups[group]!
  const { x, y, codes, occupant, absorbed } = memory.state
  const { living } = memory.agents
  const { type } = plan.config.groups[group]!
  const centre = new BigInt64Array(
    memory.state.centre.buffer,
    memory.state.centre.byteOffset,
    memory.state.centre.length / 2,
  )
  const teamOf = (other: number): string | number => plan.config.groups[other]!.team ?? other
  const foes = plan.groups.flatMap((_, other) => (teamOf(other) === teamOf(group) ? [] : [other]))
  /** [codes] 1 for a cell with an agent of another team. */
  const isFoe = new Uint8Array(256)
  for (const other of foes) {
    isFoe.fill(1, FIRST_AGENT_CODE + other * levels, FIRST_AGENT_CODE + (other + 1) * levels)
  }
  const takesIn = plan.config.groups.some(({ type: { canAbsorb } }) => canAbsorb)
  const [middleX, middleY] = [(type.width - 1) / 2, (type.height - 1) / 2]
  const fromMiddle = (cell: { readonly dx: number; readonly dy: number }): number =>
    (cell.dx - middleX) ** 2 + (cell.dy - middleY) ** 2
  /** Seen cells, nearest first. */
  const seen = [...view.cells].sort((a, b) => fromMiddle(a) - fromMiddle(b))
  const reach = Int32Array.from(seen, ({ dx, dy }) => dy * stride + dx)
  /** [cells] action that attacks a seen cell, or −1. */
  const attackOn = Int32Array.from(seen, (cell) => {
    const index = attacks.findIndex(({ dx, dy }) => dx === cell.dx && dy === cell.dy)
    return index < 0 ? -1 : moves.length + index
  })
  const moveCells = Int32Array.from(moves, ({ dx, dy }) => dy * stride + dx)

  /** True when a body can stand there: nothing is in its way but itself. */
  const isFree = (cell: number, slot: number): boolean => {
    for (let dy = 0; dy < type.height; dy++) {
      for (let dx = 0; dx < type.width; dx++) {
        const holder = occupant[cell + dy * stride + dx]!
        if (holder >= OUTSIDE || (holder >= 0 && holder !== slot)) return false
      }
    }
    return true
  }

  /** True for an agent that has taken in another one: it is of no use any more. */
  const isFull = (cell: number): boolean => takesIn && absorbed[occupant[cell]!] === 1

  /** The free cell in reach that is nearest to the target; ties go to the lower action. */
  const moveTowards = (slot: number, targetX: number, targetY: number): number => {
    const own = (y[slot]! + margin) * stride + x[slot]! + margin
    let best = stay
    let bestDistance = (targetX - x[slot]!) ** 2 + (targetY - y[slot]!) ** 2
    for (const [candidate, { dx, dy }] of moves.entries()) {
      const distance = (targetX - x[slot]! - dx) ** 2 + (targetY - y[slot]! - dy) ** 2
      if (!isFree(own + moveCells[candidate]!, slot) && !(takesIn && distance === 0)) continue
      if (distance < bestDistance) {
        best = candidate
        bestDistance = distance
      }
    }
    return best
  }

  const largestOther = (): number => {
    let largest = -1
    for (const other of foes) {
      if (largest < 0 || living[other]! > living[largest]!) largest = other
    }
    return largest
  }

  return (slot) => {
    const own = (y[slot]! + margin) * stride + x[slot]! + margin
    for (let cell = 0; cell < reach.length; cell++) {
      if (isFoe[codes[own + reach[cell]!]!] === 0 || isFull(own + reach[cell]!)) continue
      if (attackOn[cell]! >= 0) return attackOn[cell]!
      return moveTowards(slot, x[slot]! + seen[cell]!.dx, y[slot]! + seen[cell]!.dy)
    }
    const other = largestOther()
    if (other < 0 || living[other] === 0) return stay
    const count = living[other]!
    return moveTowards(slot, Number(centre[2 * other]!) / count, Number(centre[2 * other + 1]!) / count)
  }
}
