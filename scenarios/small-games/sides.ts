import { z } from 'zod'
import type { GroupSpec } from '../../runtime/core/scenario.ts'

const SIDES = ['together', 'apart'] as const
type Sides = (typeof SIDES)[number]

/** Whether players are one group or each a group of its own. */
export function sidesOption(usual: Sides) {
  return z
    .enum(SIDES)
    .default(usual)
    .describe('players are one group, all of which learns, or a group each, which play each other')
}

/** @param apart names of the two groups of players apart, in the order of their slots */
export function playerGroups(
  sides: Sides,
  count: number,
  apart: readonly string[],
  spaces: Pick<GroupSpec, 'actions' | 'observation'>,
): GroupSpec[] {
  if (sides === 'together') return [{ name: 'players', capacity: count, ...spaces }]
  return apart.map((name) => ({ name, capacity: 1, ...spaces }))
}
