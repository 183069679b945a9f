import { z } from 'zod'
import { Clock, defineScenario } from '../../../runtime/core/scenario.ts'
import { armyRules, SOLDIER } from '../../../scenarios/battle/army.ts'
import type { AgentType, GridWorldConfig } from '../../../scenarios/gridworld/config.ts'
import { denseShape } from '../../../scenarios/gridworld/observation.ts'
import { type GridColumns, type GridPlan, planGrid } from '../../../scenarios/gridworld/plan.ts'
import {
  BLANK,
  FIRST_AGENT_CODE,
  NO_AGENT,
  NO_CLAIM,
  OUTSIDE,
  WALL,
  WALL_CODE,
} from '../../../scenarios/gridworld/words.ts'
import { GridWorld } from '../../../scenarios/gridworld/world.ts'
import { SoloWorld, split } from '../../fixtures/solo-world.ts'

const f = Math.fround

export interface SoloGrid {
  readonly solo: SoloWorld
  readonly world: GridWorld
}

/** Columns of a grid world with room for one observation as MAgent2 has it. */
type WithDense = GridColumns & {
  readonly [name in 'denseBackground' | 'denseView' | 'denseFeature']: { dtype: 'f32'; shape: number[] }
}

/** A grid world of any configuration, stepped by hand. @param populate sets up walls and agents at each reset */
export function openGrid(
  config: GridWorldConfig,
  populate: (world: GridWorld) => void = () => {},
  shards = 1,
): SoloGrid {
  const plan = planGrid(config)
  const most = (size: (group: number) => number): number =>
    Math.max(...plan.groups.map((_, group) => size(group)))
  const scenario = defineScenario({
    name: 'test-grid',
    summary: 'a grid world under test',
    options: z.strictObject({}),
    scripted: ['nearest-enemy'],
    describe: () => ({
      columns: {
        ...plan.columns,
        denseBackground: {
          dtype: 'f32',
          shape: [most((group) => denseShape(plan.groups[group]!, config, true).view)],
        },
        denseView: {
          dtype: 'f32',
          shape: [most((group) => denseShape(plan.groups[group]!, config, true).view)],
        },
        denseFeature: {
          dtype: 'f32',
          shape: [most((group) => denseShape(plan.groups[group]!, config, true).feature)],
        },
      } as WithDense,
      groups: plan.specs,
      maxSteps: 1_000_000,
    }),
    bind: (_, memory) => new GridWorld(plan, memory, populate),
  })
  const solo = new SoloWorld(scenario, {}, shards)
  return { solo, world: solo.bound.world as GridWorld }
}

/** Two armies of MAgent2's soldiers on an empty square map. */
export function armies(
  size: number,
  capacity: number,
  changes: Partial<GridWorldConfig> = {},
): GridWorldConfig {
  const army = (name: string) => ({ name, type: SOLDIER, capacity })
  return {
    width: size,
    height: size,
    groups: [army('red'), army('blue')],
    rules: armyRules(),
    idBits: 10,
    minimap: true,
    order: 'magent',
    ...changes,
  }
}

/** What MAgent2 itself would show an agent. */
export interface Dense {
  readonly view: Float32Array
  readonly feature: Float32Array
}

/** @param index of the agent in its group's list */
export function denseOf({ solo, world }: SoloGrid, group: number, index: number, minimap: boolean): Dense {
  const { config, groups } = world.plan
  const shape = denseShape(groups[group]!, config, minimap)
  const { denseBackground, denseView, denseFeature } = solo.bound.state as Record<string, Float32Array>
  const withMinimap = denseShape(groups[group]!, config, true)
  world.denseBackground(group, denseBackground!.subarray(0, withMinimap.view))
  const background = minimap ? denseBackground!.byteOffset : 0
  world.observeDense(group, index, index + 1, background, denseView!.byteOffset, denseFeature!.byteOffset)
  return { view: denseView!.slice(0, shape.view), feature: denseFeature!.slice(0, shape.feature) }
}

/** Byte by which an agent is shown: its hp as a share of the full, rounded half to even in float32. */
function codeOf(group: number, hp: number, { hp: full }: AgentType, levels: number): number {
  const exact = f(f(f(hp) * (levels - 1)) / f(full))
  const below = Math.floor(exact)
  const rest = exact - below
  const level = rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below
  return FIRST_AGENT_CODE + group * levels + Math.max(0, Math.min(levels - 1, level))
}

/**
 * The first thing in the state of a grid world between two steps that can't be.
 *
 * @param walls cells of the map that are walls
 */
export function findFault(grid: SoloGrid, walls: number): string | undefined {
  return findFaultOnMap(grid, walls) ?? findFaultInLists(grid) ?? findFaultInMinimaps(grid.world.plan, grid)
}

/** The padded maps: every cell of a body is its agent's, and everything is seen as what it is. */
function findFaultOnMap({ solo, world }: SoloGrid, walls: number): string | undefined {
  const { config, margin, stride, levels } = world.plan
  const { x, y, hp, occupant, codes } = solo.bound.state as Record<string, Float32Array>
  const { living } = solo.bound.agents
  let [wallsFound, taken, bodies] = [0, 0, 0]
  for (const [group, { type }] of config.groups.entries()) bodies += living[group]! * type.width * type.height
  for (let cell = 0; cell < occupant!.length; cell++) {
    const [cellX, cellY] = [(cell % stride) - margin, Math.floor(cell / stride) - margin]
    const isInside = cellX >= 0 && cellX < config.width && cellY >= 0 && cellY < config.height
    const [slot, code] = [occupant![cell]!, codes![cell]!]
    const where = `${cellX}, ${cellY}`
    if (!isInside || slot === OUTSIDE) {
      if (isInside || slot !== OUTSIDE || code !== 0)
        return `the margin at ${where} holds ${slot}, code ${code}`
    } else if (slot === WALL) {
      wallsFound++
      if (code !== WALL_CODE) return `the wall at ${where} is seen as ${code}`
    } else if (slot < 0) {
      if (slot !== BLANK || code !== 0) return `blank ${where} holds ${slot}, code ${code}`
    } else {
      taken++
      const group = world.groupOf(slot)
      const { type } = config.groups[group]!
      if (slot >= solo.list(group)[1]) return `slot ${slot} at ${where} is behind its list`
      const [dx, dy] = [cellX - x![slot]!, cellY - y![slot]!]
      if (dx < 0 || dx >= type.width || dy < 0 || dy >= type.height) return `slot ${slot} is not at ${where}`
      if (code !== codeOf(group, hp![slot]!, type, levels))
        return `slot ${slot} at ${where} is seen as ${code}`
    }
  }
  if (wallsFound !== walls) return `${wallsFound} walls`
  return taken === bodies ? undefined : `${taken} cells taken by bodies of ${bodies} cells`
}

/** The lists: the living alone, each with an id of its own, and nothing left of the step's scratch. */
function findFaultInLists({ solo, world }: SoloGrid): string | undefined {
  const { config } = world.plan
  const { id } = solo.bound.agents
  const { x, y, hp, dead, claim, struck, deaths } = solo.bound.state as Record<string, Float32Array>
  const { centre } = solo.bound.state
  const sums = new BigInt64Array(centre!.buffer, centre!.byteOffset, centre!.length / 2)
  const ids = new Set<number>()
  for (const [group, { name, type }] of config.groups.entries()) {
    const [first, end] = solo.list(group)
    let [sumX, sumY] = [0, 0]
    for (let slot = first; slot < end; slot++) {
      sumX += x![slot]!
      sumY += y![slot]!
      // Who took somebody in has twice its hp.
      if (!(hp![slot]! >= 0 && hp![slot]! <= f(type.hp) * (type.canAbsorb ? 2 : 1))) return `hp ${hp![slot]}`
      if (dead![slot] !== 0) return `slot ${slot} is dead and in the list`
      if (ids.has(id[slot]!)) return `two agents have id ${id[slot]}`
      if (config.order === 'magent' && slot > first && id[slot]! <= id[slot - 1]!)
        return `the list of ${name} has lost its order`
      ids.add(id[slot]!)
    }
    if (Number(sums[2 * group]) !== sumX || Number(sums[2 * group + 1]) !== sumY) return `centre of ${name}`
  }
  if (claim!.some((value) => value !== NO_CLAIM)) return 'a claim is left'
  if (struck!.some((value) => value !== NO_AGENT)) return 'a list of attackers is left'
  return deaths!.some((count) => count !== 0) ? 'a death is left' : undefined
}

/** The counts that are kept up move by move are those of the lists. */
function findFaultInMinimaps({ config, minimaps, groups }: GridPlan, { solo }: SoloGrid): string | undefined {
  const { x, y, minimaps: kept } = solo.bound.state as Record<string, Int32Array>
  let base = 0
  for (const { width, height } of minimaps) {
    for (const group of groups.keys()) {
      const counts = new Int32Array(width * height)
      const [first, end] = solo.list(group)
      for (let slot = first; slot < end; slot++) {
        const column = Math.floor(x![slot]! / Math.ceil(config.width / width))
        const row = Math.floor(y![slot]! / Math.ceil(config.height / height))
        counts[row * width + column]!++
      }
      const at = counts.findIndex((count, cell) => kept![base + cell] !== count)
      if (at >= 0) return `cell ${at} of the ${width} × ${height} minimap of group ${group}`
      base += width * height
    }
  }
  return base === kept!.length ? undefined : `${kept!.length} minimap cells in place of ${base}`
}

/** Cells of the ring of walls around a map. */
export function ringOf(width: number, height = width): number {
  return 2 * (width + height) - 4
}

/**
 * One step, and a look at it while the dead are still in the lists.
 *
 * @param pieces that every range phase is cut into; they run last to first
 */
export function stepWith({ solo, world }: SoloGrid, pieces: number, look: () => void): void {
  for (const phase of world.phases) {
    if (phase.kind === 'serial') {
      if (phase.name === 'clear') look()
      phase.run()
    } else for (const [from, to] of split(phase.size(), pieces)) phase.run(from, to)
  }
  solo.bound.agents.clock[Clock.step]!++
}
