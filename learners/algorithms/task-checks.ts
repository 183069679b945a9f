/** What runs of algorithms that are alike in something have to be like, and what is said when they are not. */
import { RuntimeError } from '../../runtime/core/errors.ts'
import type { LearningTask } from '../../runtime/core/learner.ts'
import { type LayerSpec, layersOf } from '../../runtime/core/network.ts'
import { parameterFloats } from '../../runtime/core/parameters.ts'
import { type ActorCriticOptions, ONE_PASS, type Passes } from './actor-critic.ts'
import type { QLearningOptions } from './q-learning.ts'

/** @throws ERR_CONFIG_INVALID when not all agents of a group are recorded, for algorithms that learn from whole groups */
export function refuseSample(algorithm: string, { isSampled }: LearningTask): void {
  if (!isSampled) return
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `--sample-agents: ${algorithm} learns from what all agents of a group do together; raise it to their number, ` +
      'or take --algorithm mfq',
  )
}

/** Floats of all agents' networks. A learner holds up to nine times as many, and WASM has 4 GiB. */
const NETWORK_FLOATS = 2 ** 26

/** Agents that a column of segments can number. */
const NUMBERED_AGENTS = 2 ** 16

/**
 * Of algorithms that give each agent a network.
 *
 * @param most agents that it can have at all
 * @throws ERR_CONFIG_INVALID when groups that take turns in learning have not as many agents, when they have too many, and when not
 * all of them are recorded
 */
export function refuseUnevenNetworks(
  algorithm: string,
  { agents, isSampled, network }: LearningTask,
  most: number = NUMBERED_AGENTS,
): void {
  const [first] = agents
  if (agents.some((count) => count !== first)) {
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      `--algorithm: ${algorithm} has a network for each agent, which needs groups of as many to learn in turns; got ` +
        `${agents.join(' and ')}; take sides of equal size, or --algorithm iql`,
      { details: { agents } },
    )
  }
  if (isSampled) {
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      `--sample-agents: ${algorithm} needs the experience of every agent; raise it to their number, or take --algorithm iql`,
    )
  }
  const floats = parameterFloats(network)
  const fit = Math.min(most, Math.floor((NETWORK_FLOATS / floats) * first!))
  if (first! <= fit) return
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `--algorithm: ${algorithm} has a network for each agent, and expected at most ${fit} agents with this one, got ${first}; ` +
      'take fewer agents, a smaller --hidden, or --algorithm iql',
    { details: { agents: first, most: fit, floats } },
  )
}

/** @throws ERR_CONFIG_INVALID when the replay cannot hold one segment */
export function checkReplay({ replayCapacity }: QLearningOptions, { segmentRows }: LearningTask): void {
  if (segmentRows <= replayCapacity) return
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `--replay-capacity: one segment can have ${segmentRows} rows, got ${replayCapacity}; ` +
      'raise it, or lower --segment-steps',
    { details: { segmentRows, replayCapacity } },
  )
}

/** Floats that the forward pass of a gradient step may keep. In all it takes up to nine times as much, and WASM has 4 GiB. */
const STEP_FLOATS = 2 ** 26

/**
 * Refuses segments that are too large for a gradient step, since they are taken whole.
 *
 * @throws ERR_CONFIG_INVALID
 */
export function checkSegments(
  { batchSize }: Pick<ActorCriticOptions, 'batchSize'>,
  { segmentRows, network, isSampled }: LearningTask,
  { minibatches }: Passes = ONE_PASS,
): void {
  const floats = layersOf(network).reduce((sum, layer) => sum + outputsOf(layer), network.space.inputs)
  const most = Math.floor(STEP_FLOATS / floats)
  const rows = Math.ceil((batchSize + segmentRows) / minibatches)
  if (rows <= most) return
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `--segment-steps: expected gradient steps of at most ${most} rows with this network, got ${rows}: ` +
      `--batch-size ${batchSize} and a segment of up to ${segmentRows}${minibatches > 1 ? `, in ${minibatches} minibatches` : ''}; ` +
      `lower --segment-steps${isSampled ? ' or --sample-agents' : ''}`,
    { details: { segmentRows, batchSize, minibatches, rows, most } },
  )
}

/** What a layer makes of a row. */
function outputsOf(layer: LayerSpec): number {
  if (layer.kind === 'conv') {
    const [height, width] = layer.image!
    const [size, , , filters] = layer.kernel
    return (height - size! + 1) * (width - size! + 1) * filters!
  }
  if (layer.kind === 'recurrence') return layer.kernel[1]
  return 'width' in layer ? layer.width : layer.repeat * layer.kernel[1]!
}
