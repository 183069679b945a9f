import type { ScriptedPolicy, WorldMemory } from '../../runtime/core/scenario.ts'
import { type BattleColumns, BLANK, relativeCode } from './layout.ts'
import { ACTION_COUNT, ACTION_DX, ACTION_DY, MOVE_COUNT, STAY, VIEW_CELLS, VIEW_RADIUS } from './rules.ts'
import type { BattleOptions } from './world.ts'

/** Seen cells, nearest first. */
const BY_DISTANCE = [...VIEW_CELLS].sort((a, b) => a.dx ** 2 + a.dy ** 2 - (b.dx ** 2 + b.dy ** 2))
const FIRST_OTHER_CODE = 0x80

/** Advance and attack: strike an adjacent enemy, else step towards the nearest one seen, else towards the enemy's centre. */
export function bindNearestEnemy(options: BattleOptions, memory: WorldMemory<BattleColumns>): ScriptedPolicy {
  const { width, height } = options
  const { x, y, codes, occupant, centre } = memory.state
  const { action, living } = memory.agents
  const codesWidth = width + 2 * VIEW_RADIUS
  const reach = Int32Array.from(BY_DISTANCE, ({ dx, dy }) => dy * codesWidth + dx)

  const attackOn = (dx: number, dy: number): number => {
    for (let candidate = MOVE_COUNT; candidate < ACTION_COUNT; candidate++) {
      if (ACTION_DX[candidate] === dx && ACTION_DY[candidate] === dy) return candidate
    }
    return -1
  }

  /** The free cell in reach that is nearest to the target; ties go to the lower action. */
  const moveTowards = (slot: number, targetX: number, targetY: number): number => {
    let best = STAY
    let bestDistance = (targetX - x[slot]!) ** 2 + (targetY - y[slot]!) ** 2
    for (let candidate = 0; candidate < MOVE_COUNT; candidate++) {
      const toX = x[slot]! + ACTION_DX[candidate]!
      const toY = y[slot]! + ACTION_DY[candidate]!
      if (toX < 0 || toX >= width || toY < 0 || toY >= height || occupant[toY * width + toX] !== BLANK)
        continue
      const distance = (targetX - toX) ** 2 + (targetY - toY) ** 2
      if (distance < bestDistance) {
        best = candidate
        bestDistance = distance
      }
    }
    return best
  }

  const decide = (army: number, slot: number): number => {
    const own = (y[slot]! + VIEW_RADIUS) * codesWidth + x[slot]! + VIEW_RADIUS
    for (let cell = 0; cell < reach.length; cell++) {
      if (relativeCode(codes[own + reach[cell]!]!, army) < FIRST_OTHER_CODE) continue
      const { dx, dy } = BY_DISTANCE[cell]!
      const attack = attackOn(dx, dy)
      return attack < 0 ? moveTowards(slot, x[slot]! + dx, y[slot]! + dy) : attack
    }
    const enemy = 1 - army
    const enemies = living[enemy]!
    if (enemies === 0) return STAY
    return moveTowards(slot, centre[enemy * 2]! / enemies, centre[enemy * 2 + 1]! / enemies)
  }

  return (army, from, to) => {
    const first = memory.slots[army]!
    for (let slot = first + from; slot < first + to; slot++) action[slot] = decide(army, slot)
  }
}
