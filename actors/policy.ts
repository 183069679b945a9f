import type { Arena } from '../runtime/core/memory/arena.ts'
import { recordOffset } from '../runtime/core/memory/arena.ts'
import { layoutParameters, type NetworkSpec } from '../runtime/core/network.ts'
import { Clock } from '../runtime/core/scenario.ts'
import type { BoundWorld } from '../runtime/core/world.ts'
import { type HostPlan, networkOf, type PolicySpec } from './host-plan.ts'
import { type Kernel, SELECTION_CODES } from './kernels/kernel.ts'
import { listOffset, ownBaseOffset } from './kernels/program.ts'

/** Addresses, in bytes of the arena, that a learned policy works with in one step. */
export interface PolicyMemory {
  /** Packed records of the agents to act, contiguous. */
  readonly records: number
  readonly shared: number
  readonly base: number
  readonly values: number
  readonly scratch: number
  /** Log-probabilities of the group's agents, by slot from its first one; 0 where they are not recorded. */
  readonly logs: number
}

/** A policy bound to one group of one world. */
export interface BoundPolicy {
  /** True when records are to be packed for `act`. */
  readonly observes: boolean
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
  // Nobody asks a passive group, whatever it was given.
  if (plan.world.spec.groups[group]!.passive) return bindRandom(false, group, bound, kernel)
  switch (spec.kind) {
    case 'random':
      return bindRandom(spec.observes ?? false, group, bound, kernel)
    case 'scripted':
      return bindScripted(spec.name, spec.observes ?? false, group, bound)
    case 'learned':
      return bindLearned(spec, index, group, plan, bound, arena, kernel)
  }
}

function bindRandom(observes: boolean, group: number, bound: BoundWorld, kernel: Kernel): BoundPolicy {
  const { action, id, key, clock } = bound.agents
  const { actions } = bound.plan.spec.groups[group]!
  const first = bound.plan.slots[group]!
  return {
    observes,
    prepare() {},
    act(from, to) {
      const slot = first + from
      const [ids, chosen] = [id.byteOffset + 4 * slot, action.byteOffset + 2 * slot]
      kernel.chooseRandomly(key.byteOffset, clock[Clock.step]!, ids, to - from, actions, chosen)
    },
  }
}

function bindScripted(name: string, observes: boolean, group: number, bound: BoundWorld): BoundPolicy {
  const choose = bound.world.policies[name]!
  return { observes, prepare() {}, act: (from, to) => choose(group, from, to) }
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
  const network = networkOf(plan.world, group, spec.acting)
  const program = recordOffset(arena, 'programs', index * plan.world.spec.groups.length + group)
  const { layers, floats } = layoutParameters(network)
  const valueBytes = 4 * layers.at(-1)!.outputsPadded
  const evaluate =
    network.agents === undefined
      ? evaluateTogether(kernel, program, network)
      : evaluateEach(kernel, program, network, 4 * floats)
  const selection = SELECTION_CODES[spec.acting.selection]
  const first = bound.plan.slots[group]!
  return {
    observes: true,
    prepare(memory, parameters) {
      kernel.sharedLayer(program, parameters, memory.shared, memory.base)
    },
    act(from, to, memory, parameters, exploration) {
      evaluate(from, to, memory, parameters)
      const slot = first + from
      kernel.choose(
        selection,
        exploration,
        key.byteOffset,
        clock[Clock.step]!,
        id.byteOffset + 4 * slot,
        to - from,
        memory.values,
        valueBytes,
        actions,
        memory.scratch,
        action.byteOffset + 2 * slot,
        memory.logs === 0 ? 0 : memory.logs + 4 * from,
      )
    },
  }
}

/** Writes the action values of the agents `[from, to)` of a group's list. */
type Evaluate = (from: number, to: number, memory: PolicyMemory, parameters: number) => void

/** One network for all agents. */
function evaluateTogether(kernel: Kernel, program: number, network: NetworkSpec): Evaluate {
  const list = listOffset(network)
  return (from, to, { records, shared, base, scratch, values }, parameters) =>
    kernel.evaluate(program, parameters, records, to - from, shared, base, scratch, scratch + list, values)
}

/** A network for each agent. @param bytes from one agent's parameters to the next one's */
function evaluateEach(kernel: Kernel, program: number, network: NetworkSpec, bytes: number): Evaluate {
  const { recordBytes } = network.space
  const [list, base] = [listOffset(network), ownBaseOffset(network)]
  const valueBytes = 4 * layoutParameters(network).layers.at(-1)!.outputsPadded
  return (from, to, { records, shared, scratch, values }, parameters) => {
    for (let agent = from; agent < to; agent++) {
      const own = parameters + agent * bytes
      const record = records + (agent - from) * recordBytes
      const out = values + (agent - from) * valueBytes
      kernel.sharedLayer(program, own, shared, scratch + base)
      kernel.evaluate(program, own, record, 1, shared, scratch + base, scratch, scratch + list, out)
    }
  }
}
