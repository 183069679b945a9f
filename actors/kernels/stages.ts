import type { FactorSpec } from '../../runtime/core/learner.ts'
import {
  type AttentionSpec,
  type ExchangeSpec,
  isExchange,
  type LinearSpec,
  layersOf,
  type NetworkSpec,
} from '../../runtime/core/network.ts'
import { describeObservation, type ObservationSpace } from '../../runtime/core/observation.ts'
import { outputsPadded } from '../../runtime/core/parameters.ts'

/** What an agent evaluates by itself: layers between two exchanges of its group. */
export interface Stage {
  /** Through what the group came to know of each other before it; of the first stage, nothing. */
  readonly exchange: readonly ExchangeSpec[]
  /** Of the records that it reads: packed observations in the first stage, then what `read` names. */
  readonly space: ObservationSpace
  /** Layers before it whose outputs stand side by side in its records. */
  readonly read: readonly string[]
  /** In the order of evaluation; the last one makes the stage's results. */
  readonly layers: readonly (LinearSpec | AttentionSpec)[]
}

/** A network as rollout threads evaluate it: a group that exchanges nothing has one stage. */
export function stagesOf(spec: NetworkSpec): Stage[] {
  const stages: Stage[] = []
  let exchange: ExchangeSpec[] = []
  let layers: (LinearSpec | AttentionSpec)[] = []
  for (const layer of layersOf(spec)) {
    if (isExchange(layer)) {
      exchange.push(layer)
      continue
    }
    if (stages.length === 0 || exchange.length > 0) {
      layers = []
      stages.push(
        exchange.length === 0
          ? { exchange, space: spec.space, read: [], layers }
          : { exchange, ...recordOf(layer), layers },
      )
      exchange = []
    }
    layers.push(layer)
  }
  return stages
}

/** The records of a stage that begins with a layer. */
function recordOf(first: LinearSpec | AttentionSpec): Pick<Stage, 'space' | 'read'> {
  if (first.kind !== 'dense' || first.input.kind !== 'layers') {
    throw new Error(`layer ${first.name}: only a dense layer can read what a group has exchanged`)
  }
  const scalars = Array.from({ length: first.kernel[0]! }, (_, i) => `state${i}`)
  return { space: describeObservation({ scalars }), read: first.input.names }
}

/** Floats that each agent of a group keeps from one round to the next; 0 for groups that need none. */
export function keptFloats(network: NetworkSpec, factors: FactorSpec | undefined): number {
  const stages = stagesOf(network)
  if (factors) return resultFloats(stages[0]!)
  const kept = stages.slice(0, -1).map(resultFloats)
  // Who is through with a stage must not write what others still read of the one before.
  return Math.max(0, ...kept) * Math.min(2, kept.length)
}

/** Floats of what an agent of a chunk reads in a stage, where it is not what was kept. */
export function heardFloats(network: NetworkSpec): number {
  return Math.max(0, ...stagesOf(network).map((stage) => (hears(stage) ? stage.space.inputs : 0)))
}

/** Agents hear each other before the stage. */
export function hears({ exchange }: Stage): boolean {
  return exchange[0]?.kind === 'others-mean'
}

/** Floats from one agent's results of the stage to the next one's. */
export function resultFloats({ layers }: Stage): number {
  return outputsPadded(layers.at(-1)!)
}
