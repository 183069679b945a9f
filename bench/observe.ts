/**
 * Cost of observing a battle, packed and as MAgent2's own dense arrays, on one thread:
 *
 *     npm run build && node build/bench/observe.js [AGENTS]
 *
 * Prints one JSON line. Dense observations are written in turns of 4,096 agents to the same place, since those of
 * a million agents are larger than an arena.
 */
import { pathToFileURL } from 'node:url'
import { createArena, planArena, recordOffset } from '../runtime/core/memory/arena.ts'
import { planLayout } from '../runtime/core/memory/layout.ts'
import { episodeKey, Random } from '../runtime/core/rng.ts'
import { bindWorld, createWorld, planWorld, worldRegions } from '../runtime/core/world.ts'
import { battle } from '../scenarios/battle/index.ts'
import { denseShape } from '../scenarios/gridworld/observation.ts'
import type { GridWorld } from '../scenarios/gridworld/world.ts'
import { median } from './median.ts'

const CHUNK = 4096
/** Steps of random play before the clock starts, and observations of everybody. */
const STEPS = 4
const REPEATS = 5
const ACTION_STREAM = 1000

export interface ObserveResult {
  readonly bench: 'observe'
  readonly agents: number
  readonly placement: string
  /** Nanoseconds an agent, medians. */
  readonly packed: number
  readonly dense: number
}

/** @param agents of both armies */
export function measureObserving(agents: number, placement: 'armies' | 'uniform'): ObserveResult {
  const world = planWorld(battle, battle.options.parse({ agents, placement }))
  const { recordBytes } = world.spec.groups[0]!.observation
  const { plan } = createWorld(world, 2 ** 32).world as GridWorld
  const shape = denseShape(plan.groups[0]!, plan.config, true)
  const room = planLayout({
    packed: { dtype: 'u8', shape: [CHUNK, recordBytes] },
    background: { dtype: 'f32', shape: [shape.view] },
    view: { dtype: 'f32', shape: [CHUNK, shape.view] },
    feature: { dtype: 'f32', shape: [CHUNK, shape.feature] },
  })
  const arena = createArena(
    planArena({ ...worldRegions(world, 1), room: { layout: room, count: 1 } }),
    2 ** 32,
  )
  const bound = bindWorld(world, arena, 'worlds', 0, 1)
  const grid = bound.world as GridWorld
  const at = recordOffset(arena, 'room', 0)
  const background = new Float32Array(arena.buffer, at + room.offsets.background, shape.view)
  episodeKey(0, 0, 0, bound.agents.key)
  grid.reset()
  const random = new Random(bound.agents.key)
  for (let step = 0; step < STEPS; step++) {
    for (const [group, first] of world.slots.entries()) {
      for (let slot = first; slot < first + bound.agents.living[group]!; slot++)
        bound.agents.action[slot] = random.below(21, ACTION_STREAM, step, slot)
    }
    for (const phase of grid.phases) {
      if (phase.kind === 'range') phase.run(0, phase.size())
      else phase.run()
    }
    bound.agents.clock[0]!++
  }
  const time = (observe: (group: number, from: number, to: number) => void): number => {
    const since = performance.now()
    let observed = 0
    for (let group = 0; group < 2; group++) {
      const living = bound.agents.living[group]!
      for (let from = 0; from < living; from += CHUNK) observe(group, from, Math.min(living, from + CHUNK))
      observed += living
    }
    return ((performance.now() - since) * 1e6) / observed
  }
  const packed: number[] = []
  const dense: number[] = []
  for (let i = 0; i < REPEATS; i++) {
    packed.push(time((group, from, to) => grid.observe(group, from, to, at + room.offsets.packed)))
    dense.push(
      time((group, from, to) => {
        if (from === 0) grid.denseBackground(group, background)
        const [view, feature] = [at + room.offsets.view, at + room.offsets.feature]
        grid.observeDense(group, from, to, background.byteOffset, view, feature)
      }),
    )
  }
  return { bench: 'observe', agents, placement, packed: median(packed), dense: median(dense) }
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href) {
  const agents = Number(process.argv[2] ?? 1_000_000)
  for (const placement of ['armies', 'uniform'] as const) {
    console.log(JSON.stringify(measureObserving(agents, placement)))
  }
}
