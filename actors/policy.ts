import { agentNumber } from '../runtime/core/experience.ts'
import type { Arena } from '../runtime/core/memory/arena.ts'
import { recordOffset } from '../runtime/core/memory/arena.ts'
import type { NetworkSpec } from '../runtime/core/network.ts'
import { layoutParameters } from '../runtime/core/parameters.ts'
import { Clock } from '../runtime/core/scenario.ts'
import type { BoundWorld } from '../runtime/core/world.ts'
import { type HostPlan, networkOf, type PolicySpec, programIndex } from './host-plan.ts'
import { type Kernel, SELECTION_CODES } from './kernels/kernel.ts'
import { listOffset, ownBaseOffset } from './kernels/program.ts'
import { resultFloats, stagesOf } from './kernels/stages.ts'
import { exchangeRounds, jointRounds, keptBy, type Round, type RoundParts } from './rounds.ts'

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
  /** What each agent of the group keeps from round to round, and bytes from there to the second half of that. */
  readonly kept: number
  readonly keptHalf: number
  /** Records of a chunk of agents with what they heard, and a row for the sum of all that is said. */
  readonly heard: number
  readonly total: number
}

/** A policy bound to one group of one world. */
export interface BoundPolicy {
  /** True when records are to be packed for `act`. */
  readonly observes: boolean
  /** Once a step, by one thread: whatever all agents share. */
  prepare(memory: PolicyMemory, parameters: number): void
  /** Chooses actions for the agents `[from, to)` of the group's list, unless `rounds` do. */
  act(from: number, to: number, memory: PolicyMemory, parameters: number, exploration: number): void
  /** What the group does behind `act` to come to a decision. */
  readonly rounds: readonly Round[]
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
    rounds: [],
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
  return { observes, rounds: [], prepare() {}, act: (from, to) => choose(group, from, to) }
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
  const { factors, selection } = spec.acting
  const network = networkOf(plan.world, group, spec.acting)
  const stages = stagesOf(network)
  const programs = stages.map((_, stage) =>
    recordOffset(arena, 'programs', programIndex(plan, index, group, stage)),
  )
  const first = bound.plan.slots[group]!
  const valueBytes = 4 * resultFloats(stages[0]!)
  const list = listOffset(network)
  const parts: RoundParts = {
    kernel,
    actions: action.byteOffset + 2 * first,
    actionCount: actions,
    evaluate(stage, records, count, { shared, base, scratch }, parameters, out) {
      kernel.evaluate(
        programs[stage]!,
        parameters,
        records,
        count,
        shared,
        base,
        scratch,
        scratch + list,
        out,
      )
    },
    choose(from, to, values, rowBytes, memory, exploration) {
      const slot = first + from
      kernel.choose(
        SELECTION_CODES[selection],
        exploration,
        key.byteOffset,
        clock[Clock.step]!,
        id.byteOffset + 4 * slot,
        to - from,
        values,
        rowBytes,
        actions,
        memory.scratch,
        action.byteOffset + 2 * slot,
        memory.logs === 0 ? 0 : memory.logs + 4 * from,
      )
    },
  }
  const rounds = factors ? jointRounds(network, factors, parts) : exchangeRounds(network, parts)
  const evaluate =
    network.agents === undefined
      ? evaluateTogether(parts)
      : evaluateEach(kernel, programs[0]!, network, network.agents, id.subarray(first))
  return {
    observes: true,
    rounds,
    prepare(memory, parameters) {
      kernel.sharedLayer(programs[0]!, parameters, memory.shared, memory.base)
    },
    act(from, to, memory, parameters, exploration) {
      const out = rounds.length > 0 ? keptBy(memory, 0) + from * valueBytes : memory.values
      evaluate(from, to, memory, parameters, out)
      if (rounds.length === 0) parts.choose(from, to, out, valueBytes, memory, exploration)
    },
  }
}

/** Writes what the first stage makes of the agents `[from, to)` of a group's list. */
type Evaluate = (from: number, to: number, memory: PolicyMemory, parameters: number, out: number) => void

/** One network for all agents. */
function evaluateTogether({ evaluate }: RoundParts): Evaluate {
  return (from, to, memory, parameters, out) =>
    evaluate(0, memory.records, to - from, memory, parameters, out)
}

/** A network for each agent. @param ids of the group's agents, in its list's order */
function evaluateEach(
  kernel: Kernel,
  program: number,
  network: NetworkSpec,
  agents: number,
  ids: Uint32Array,
): Evaluate {
  const { recordBytes } = network.space
  const [list, base] = [listOffset(network), ownBaseOffset(network)]
  const { layers, floats } = layoutParameters(network)
  const valueBytes = 4 * layers.at(-1)!.outputsPadded
  return (from, to, { records, shared, scratch }, parameters, out) => {
    for (let index = from; index < to; index++) {
      const own = parameters + agentNumber(ids[index]!, agents) * 4 * floats
      const record = records + (index - from) * recordBytes
      const values = out + (index - from) * valueBytes
      kernel.sharedLayer(program, own, shared, scratch + base)
      kernel.evaluate(program, own, record, 1, shared, scratch + base, scratch, scratch + list, values)
    }
  }
}
