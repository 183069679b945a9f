import { existsSync } from 'node:fs'
import type { PolicySpec } from '../../actors/host-plan.ts'
import { networkOf } from '../../actors/host-plan.ts'
import { loadAlgorithm } from '../../learners/registry.ts'
import { resolveScenario } from '../../scenarios/registry.ts'
import { toFlag } from '../core/config.ts'
import { RuntimeError } from '../core/errors.ts'
import type { ActingSpec, AnyAlgorithm, Selection } from '../core/learner.ts'
import { looksLikePath } from '../core/modules.ts'
import type { NetworkSpec } from '../core/network.ts'
import {
  initialWeights,
  kernelName,
  layoutParameters,
  packParameters,
  parameterFloats,
  prefixesOf,
} from '../core/parameters.ts'
import { Random, seedKey } from '../core/rng.ts'
import { actingGroups } from '../core/scenario.ts'
import type { NamedTensors } from '../core/tensors.ts'
import type { WorldPlan } from '../core/world.ts'
import { openCheckpoint } from '../store/checkpoint.ts'
import { WEIGHTS_FILE } from './learner-service.ts'
import { policyKey } from './play-config.ts'
import type { RunDescription } from './trainer.ts'

/** A policy as a user names it, with what it needs to act. */
export interface NamedPolicy {
  /** `random`, a scripted policy's name, or a checkpoint's path. */
  readonly name: string
  readonly kind: 'random' | 'scripted' | 'learned'
  readonly acting?: ActingSpec
  readonly weights?: NamedTensors
  /** A group that its network is made for. */
  readonly group?: number
  /** Epsilon or temperature. */
  readonly exploration: number
  /** Steps that it was trained for, of a learned one from a checkpoint. */
  readonly step?: number
  /** The folder of that. */
  readonly checkpoint?: string
}

/** How learned policies of an evaluation choose their actions. */
export type EvalSelection = 'greedy' | 'sampled'

export const RANDOM_POLICY: NamedPolicy = { name: 'random', kind: 'random', exploration: 0 }

interface LoadOptions {
  /** That it is to act for; all that act when left out. */
  readonly groups?: readonly number[]
  /** Where the name stands. */
  readonly place?: string
  /** What else may stand there. */
  readonly known?: readonly string[]
}

/** The same policy, always taking its best action; one that mixes stays as it is. */
export function greedily(policy: NamedPolicy): NamedPolicy {
  const { acting } = policy
  return acting === undefined || acting.isMixed
    ? policy
    : { ...policy, acting: { ...acting, selection: 'greedy' satisfies Selection } }
}

/**
 * @param name   `random`, the name of a scripted policy, or the path of a checkpoint or run
 * @throws ERR_CONFIG_INVALID, ERR_CHECKPOINT_MISSING, ERR_CHECKPOINT_CORRUPT, ERR_CHECKPOINT_MISMATCH
 */
export async function loadPolicy(
  name: string,
  world: WorldPlan,
  selection: EvalSelection,
  {
    groups = actingGroups(world.spec.groups),
    place = toFlag(policyKey(world.scenario)),
    known: others = [],
  }: LoadOptions = {},
): Promise<NamedPolicy> {
  if (name === 'random') return RANDOM_POLICY
  if (world.scenario.scripted.includes(name)) return { name, kind: 'scripted', exploration: 0 }
  if (!isPath(name)) {
    const known = [...others, 'random', ...world.scenario.scripted]
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      `${place}: expected ${known.join(', ')} or the path of a run or checkpoint, got '${name}'`,
      { details: { got: name, known } },
    )
  }
  return loadCheckpointPolicy(name, world, selection, groups)
}

/** True for what is no policy's name: it has the look of a path, or is there. */
export function isPath(name: string): boolean {
  return looksLikePath(name) || existsSync(name)
}

/** What a checkpoint's state says of the run that wrote it. */
type PolicyState = Pick<
  RunDescription,
  'scenario' | 'scenarioOptions' | 'algorithm' | 'algorithmOptions' | 'learningGroup'
>

async function loadCheckpointPolicy(
  path: string,
  world: WorldPlan,
  selection: EvalSelection,
  groups: readonly number[],
): Promise<NamedPolicy> {
  const checkpoint = await openCheckpoint(path)
  const state = checkpoint.state as PolicyState
  const algorithm = await loadAlgorithmOf(path, state.algorithm)
  if (state.scenario === resolveScenario(world.scenario.name))
    checkPolicyOptions(path, state.scenarioOptions, world)
  const weights = await checkpoint.tensors(WEIGHTS_FILE)
  const acting = seated(algorithm.acting(state.algorithmOptions), weights, state.learningGroup, world)
  for (const group of groups) checkNetwork(path, weights, world, group, acting)
  const policy: NamedPolicy = {
    name: path,
    kind: 'learned',
    acting,
    weights,
    ...(groups.length > 0 && { group: groups[0]! }),
    exploration: algorithm.exploration(state.algorithmOptions, 1),
    step: checkpoint.step,
    checkpoint: checkpoint.folder,
  }
  return selection === 'greedy' ? greedily(policy) : policy
}

/**
 * Of agents that were trained as one group, each with a network of its own, and are to play as several groups, each takes its own: what
 * they learned as one side of a game they play on either side of it.
 *
 * @param trained the group that they were
 */
function seated(
  acting: ActingSpec,
  weights: NamedTensors,
  trained: string,
  { spec: { groups } }: WorldPlan,
): ActingSpec {
  if (!acting.perAgent || groups.some(({ name }) => name === trained)) return acting
  const networks = new Set(Object.keys(weights).map((name) => name.split('/')[0])).size
  const agents = actingGroups(groups).reduce((sum, group) => sum + groups[group]!.capacity, 0)
  return networks === agents ? { ...acting, seats: agents } : acting
}

/** @throws ERR_CHECKPOINT_MISMATCH when it is not there, or is none */
async function loadAlgorithmOf(path: string, reference: string): Promise<AnyAlgorithm> {
  try {
    return await loadAlgorithm(reference)
  } catch (cause) {
    const why = reference.startsWith('file:')
      ? `which can not be loaded from there (${(cause as Error).message}); put the module back, or go on with the run by --algorithm and its new path`
      : 'which this version does not know'
    throw new RuntimeError('ERR_CHECKPOINT_MISMATCH', `${path}: was trained with '${reference}', ${why}`, {
      cause,
    })
  }
}

/**
 * Refuses options under which a policy's inputs or actions mean something else than they did in its training.
 *
 * @throws ERR_CHECKPOINT_MISMATCH
 */
function checkPolicyOptions(
  path: string,
  trained: Readonly<Record<string, unknown>>,
  { scenario, options }: WorldPlan,
): void {
  for (const key of scenario.policyOptions ?? []) {
    const [then, now] = [trained[key], options[key]].map((value) => JSON.stringify(value))
    if (then === now) continue
    throw new RuntimeError(
      'ERR_CHECKPOINT_MISMATCH',
      `${path}: was trained with --${toFlag(key)} ${textOf(trained[key])}, and is to act with ${textOf(options[key])}; ` +
        'leave it out, or train with it',
      { details: { field: key, expected: trained[key], got: options[key] } },
    )
  }
}

function textOf(value: unknown): string {
  return value === undefined ? 'its default' : JSON.stringify(value)
}

/** @throws ERR_CHECKPOINT_MISMATCH when a checkpoint's weights are not those of a group's network */
export function checkNetwork(
  path: string,
  weights: NamedTensors,
  world: WorldPlan,
  group: number,
  acting: ActingSpec,
): void {
  const { name: groupName } = world.spec.groups[group]!
  const network = networkOf(world, group, acting)
  const { layers } = layoutParameters(network)
  if (acting.perAgent) {
    const trained = Object.keys(weights).filter((name) =>
      name.endsWith(`/${kernelName(layers[0]!.layer.name)}`),
    )
    refuseOtherAgents(path, trained.length, network, groupName)
  }
  const known = new Set(
    prefixesOf(network).flatMap((prefix) => layers.map(({ layer }) => prefix + kernelName(layer.name))),
  )
  const unknown = Object.keys(weights).find((name) => name.endsWith('/kernel') && !known.has(name))
  if (unknown !== undefined) {
    throw new RuntimeError(
      'ERR_CHECKPOINT_MISMATCH',
      `${path}: has weights ${unknown}, which the network of these options has not; use the options that it was trained with`,
    )
  }
  for (const prefix of prefixesOf(network)) {
    for (const { layer } of layers) {
      const { name, kernel } = layer
      const got = weights[prefix + kernelName(name)]?.shape
      if (String(got) === String(kernel)) continue
      throw new RuntimeError(
        'ERR_CHECKPOINT_MISMATCH',
        `${path}: layer ${prefix}${name} has shape [${String(got)}] and the observations and actions of ${groupName} need ` +
          `[${String(kernel)}]; use the options that it was trained with (such as --minimap and --hidden), for a group of its kind`,
      )
    }
  }
}

/** @param trained agents that have networks of their own in a checkpoint */
function refuseOtherAgents(path: string, trained: number, { agents }: NetworkSpec, groupName: string): void {
  if (agents === trained) return
  throw new RuntimeError(
    'ERR_CHECKPOINT_MISMATCH',
    `${path}: has a network for each of ${trained} agents, and ${groupName} are ${agents}; use the scenario and options that it was trained with`,
    { details: { trained, agents } },
  )
}

/** The network that throughput is measured with, for one group: 64-64, mean action, seeded random weights. */
export function benchPolicy(world: WorldPlan, group: number, seed: number): NamedPolicy {
  const acting: ActingSpec = {
    network: { kind: 'perceptron', hidden: [64, 64] },
    selection: 'epsilon-greedy',
    meanAction: true,
  }
  const weights = initialWeights(networkOf(world, group, acting), new Random(seedKey(seed)))
  return { name: 'mlp', kind: 'learned', acting, weights, group, exploration: 0.05 }
}

/**
 * The policies of a host's plan: learned ones get two records of parameters each, in their order.
 *
 * @param observeAll  observations are packed for the others, too
 * @param firstRecord behind those of other policies
 */
export function toSpecs(
  policies: readonly NamedPolicy[],
  observeAll: boolean,
  firstRecord = 0,
): PolicySpec[] {
  let parameters = firstRecord - 2
  return policies.map(({ name, kind, acting }): PolicySpec => {
    if (kind === 'random') return { kind, observes: observeAll }
    if (kind === 'scripted') return { kind, name, observes: observeAll }
    parameters += 2
    return { kind, acting: acting!, parameters }
  })
}

/** Packed parameters of the learned policies, in their order. */
export function packLearned(policies: readonly NamedPolicy[], world: WorldPlan): Float32Array[] {
  return policies.flatMap(({ acting, weights, group }) => {
    if (!acting || !weights) return []
    const network = networkOf(world, group ?? 0, acting)
    const packed = new Float32Array(parameterFloats(network))
    packParameters(network, weights, packed)
    return [packed]
  })
}
