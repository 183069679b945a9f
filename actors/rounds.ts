import type { FactorSpec } from '../runtime/core/learner.ts'
import type { NetworkSpec, RecurrenceSpec } from '../runtime/core/network.ts'
import { layoutParameters } from '../runtime/core/parameters.ts'
import { CHUNK_AGENTS } from './host-plan.ts'
import type { Kernel } from './kernels/kernel.ts'
import { hears, resultFloats, type Stage, stagesOf } from './kernels/stages.ts'
import type { PolicyMemory } from './policy.ts'

/** A thread's part of a group in one step. */
export interface Share {
  /** Of the group's list. */
  readonly from: number
  readonly to: number
  /** Agents of the whole group. */
  readonly count: number
  readonly shard: number
  readonly shards: number
}

/** One part of how a group decides: every thread for its share; between two all threads meet. */
export type Round = (share: Share, memory: PolicyMemory, parameters: number, exploration: number) => void

/** What rounds are made of: a policy's kernels, bound to its group. */
export interface RoundParts {
  readonly kernel: Kernel
  /** Evaluates a stage of the network. @param out [count][results of the stage, padded] */
  readonly evaluate: (
    stage: number,
    records: number,
    count: number,
    memory: PolicyMemory,
    parameters: number,
    out: number,
  ) => void
  /** Chooses actions of the agents `[from, to)` by their values, the first of them at `values`. */
  readonly choose: (
    from: number,
    to: number,
    values: number,
    valueBytes: number,
    memory: PolicyMemory,
    exploration: number,
  ) => void
  /** Where the action of the first agent stands. */
  readonly actions: number
  readonly actionCount: number
}

/** What follows the first stage of a network, up to the choice of actions. */
export function exchangeRounds(network: NetworkSpec, parts: RoundParts): Round[] {
  const stages = stagesOf(network)
  return stages.slice(1).flatMap((stage, i) => {
    const index = i + 1
    const before = 4 * resultFloats(stages[i]!)
    const finish = finishStage(stage, index, index === stages.length - 1, parts)
    return hears(stage)
      ? [hearAndGoOn(index, before, parts, finish)]
      : recurAndGoOn(network, stage, before, parts, finish)
  })
}

/** Evaluates a stage for the agents `[from, to)` of a chunk, from their records. */
type FinishStage = (
  from: number,
  to: number,
  records: number,
  memory: PolicyMemory,
  parameters: number,
  exploration: number,
) => void

function finishStage(stage: Stage, index: number, isLast: boolean, parts: RoundParts): FinishStage {
  const bytes = 4 * resultFloats(stage)
  return (from, to, records, memory, parameters, exploration) => {
    const out = isLast ? memory.values : keptBy(memory, index) + from * bytes
    parts.evaluate(index, records, to - from, memory, parameters, out)
    if (isLast) parts.choose(from, to, out, bytes, memory, exploration)
  }
}

/** Where the results of a stage are kept, by turns in one half and in the other. */
export function keptBy(memory: PolicyMemory, stage: number): number {
  return memory.kept + (stage % 2) * memory.keptHalf
}

/** @param rowBytes of what an agent kept of the stage before */
function hearAndGoOn(index: number, rowBytes: number, { kernel }: RoundParts, finish: FinishStage): Round {
  return ({ from, to, count }, memory, parameters, exploration) => {
    if (from === to) return
    const kept = keptBy(memory, index - 1)
    // Each thread for itself: that is less than another meeting of all.
    kernel.sumRows(kept, rowBytes, count, memory.total)
    for (let start = from; start < to; start += CHUNK_AGENTS) {
      const end = Math.min(to, start + CHUNK_AGENTS)
      kernel.hearOthers(kept + start * rowBytes, rowBytes, end - start, memory.total, count, memory.heard)
      finish(start, end, memory.heard, memory, parameters, exploration)
    }
  }
}

/** One direction is the first thread's work, the other the last one's. */
function recurAndGoOn(
  network: NetworkSpec,
  { exchange }: Stage,
  rowBytes: number,
  { kernel }: RoundParts,
  finish: FinishStage,
): Round[] {
  const { layers } = layoutParameters(network)
  const directions = (exchange as readonly RecurrenceSpec[]).map(
    ({ name, from, isReverse, kernel: [width] }) => {
      const { kernelAt } = layers.find(({ layer }) => layer.name === name)!
      return { from: 4 * from, isReverse, width, kernelAt: 4 * kernelAt }
    },
  )
  const recur: Round = ({ count, shard, shards }, memory, parameters) => {
    if (count === 0) return
    for (const { from, isReverse, width, kernelAt } of directions) {
      if (shard !== (isReverse ? shards - 1 : 0)) continue
      const first = memory.kept + from + (isReverse ? (count - 1) * rowBytes : 0)
      kernel.recur(first, isReverse ? -rowBytes : rowBytes, count, width, parameters + kernelAt)
    }
  }
  const goOn: Round = ({ from, to }, memory, parameters, exploration) => {
    for (let start = from; start < to; start += CHUNK_AGENTS) {
      const end = Math.min(to, start + CHUNK_AGENTS)
      finish(start, end, memory.kept + start * rowBytes, memory, parameters, exploration)
    }
  }
  return [recur, goOn]
}

/** What follows the evaluation of factorised values: the greedy joint action, agent after agent, and the choice by it. */
export function jointRounds(network: NetworkSpec, factors: FactorSpec, parts: RoundParts): Round[] {
  const { kernel, actions, actionCount, choose } = parts
  const rowBytes = 4 * resultFloats(stagesOf(network)[0]!)
  return [
    ({ count, shard }, memory) => {
      if (shard !== 0 || count === 0) return
      const { rank, weight, sweeps } = factors
      kernel.ascend(memory.kept, rowBytes, count, actionCount, rank, weight, sweeps, actions, memory.total)
    },
    ({ from, to }, memory, _parameters, exploration) => {
      choose(from, to, memory.kept + from * rowBytes, rowBytes, memory, exploration)
    },
  ]
}
