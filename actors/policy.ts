import { selectorOf } from '../learners/policies/selection.ts'
import type { Arena } from '../runtime/core/memory/arena.ts'
import { recordOffset } from '../runtime/core/memory/arena.ts'
import { layoutParameters } from '../runtime/core/network.ts'
import { Random, Stream, toUniform } from '../runtime/core/rng.ts'
import { Clock } from '../runtime/core/scenario.ts'
import type { BoundWorld } from '../runtime/core/world.ts'
import { type HostPlan, networkOf, type PolicySpec, policySpace } from './host-plan.ts'
import type { Kernel } from './kernels/kernel.ts'
import { listOffset } from './kernels/program.ts'

/** Addresses, in bytes of the arena, that a learned policy works with in one step. */
export interface PolicyMemory {
  /** Packed records of the agents to act, contiguous. */
  readonly records: number
  readonly shared: number
  readonly base: number
  readonly values: number
  readonly scratch: number
}

/** A policy bound to one group of one world. */
export interface BoundPolicy {
  /** True when `act` reads packed records. */
  readonly observes: boolean
  /** Bytes of the records' stride. */
  readonly recordBytes: number
  /** Once a step, by one thread: whatever all agents share. */
  prepare(memory: PolicyMemory, parameters: number): void
  /** Chooses actions for the agents `[from, to)` of the group's list. */
  act(from: number, to: number, memory: PolicyMemory, parameters: number, exploration: number): void
}

export function bindPolicy(
  spec: PolicySpec,
  index: number,
  group: number,
  plan: HostPlan,
  bound: BoundWorld,
  arena: Arena,
  kernel: Kernel,
): BoundPolicy {
  switch (spec.kind) {
    case 'random':
      return bindRandom(group, bound)
    case 'scripted':
      return bindScripted(spec.name, group, bound)
    case 'learned':
      return bindLearned(spec, index, group, plan, bound, arena, kernel)
  }
}

function bindRandom(group: number, bound: BoundWorld): BoundPolicy {
  const { action, id, key, clock } = bound.agents
  const { actions } = bound.plan.spec.groups[group]!
  const first = bound.plan.slots[group]!
  const random = new Random(key)
  return {
    observes: false,
    recordBytes: 0,
    prepare() {},
    act(from, to) {
      const step = clock[Clock.step]!
      const { words } = random
      let drawn = -1
      for (let slot = first + from; slot < first + to; slot++) {
        // A draw gives four words: agents of neighbouring ids share one.
        const agent = id[slot]!
        if (agent >>> 2 !== drawn) {
          drawn = agent >>> 2
          random.draw(Stream.randomAction, step, drawn)
        }
        action[slot] = Math.floor(toUniform(words[agent & 3]!) * actions)
      }
    },
  }
}

function bindScripted(name: string, group: number, bound: BoundWorld): BoundPolicy {
  const choose = bound.world.policies[name]!
  return { observes: false, recordBytes: 0, prepare() {}, act: (from, to) => choose(group, from, to) }
}

function bindLearned(
  spec: PolicySpec & { readonly kind: 'learned' },
  index: number,
  group: number,
  plan: HostPlan,
  bound: BoundWorld,
  arena: Arena,
  kernel: Kernel,
): BoundPolicy {
  const { action, id, key, clock } = bound.agents
  const { actions } = bound.plan.spec.groups[group]!
  const space = policySpace(plan.world, group, spec.acting)
  const network = networkOf(plan.world, group, spec.acting)
  const program = recordOffset(arena, 'programs', index * plan.world.spec.groups.length + group)
  const width = layoutParameters(network).layers.at(-1)!.outputsPadded
  const list = listOffset(network)
  const select = selectorOf(spec.acting.selection)
  const first = bound.plan.slots[group]!
  const random = new Random(key)
  const values = arena.heap.f32
  return {
    observes: true,
    recordBytes: space.recordBytes,
    prepare(memory, parameters) {
      kernel.sharedLayer(program, parameters, memory.shared, memory.base)
    },
    act(from, to, memory, parameters, exploration) {
      const { records, shared, base, scratch } = memory
      kernel.evaluate(
        program,
        parameters,
        records,
        to - from,
        shared,
        base,
        scratch,
        scratch + list,
        memory.values,
      )
      const step = clock[Clock.step]!
      let at = memory.values >> 2
      for (let slot = first + from; slot < first + to; slot++, at += width) {
        action[slot] = select(values, at, actions, exploration, random, step, id[slot]!)
      }
    },
  }
}
