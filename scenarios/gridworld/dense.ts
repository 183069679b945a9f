import { RuntimeError } from '../../runtime/core/errors.ts'
import type { Column, Views } from '../../runtime/core/memory/layout.ts'
import type { ObservationSpace } from '../../runtime/core/observation.ts'
import type { AnyScenario } from '../../runtime/core/scenario.ts'
import type { BoundWorld } from '../../runtime/core/world.ts'
import { denseShape } from './observation.ts'
import { GridWorld } from './world.ts'

/** What MAgent2 itself shows the agents of a group, bit for bit, in the order of their list. */
export interface DenseObservations {
  /** Sizes of `view`: agents, rows, columns, channels. */
  readonly shape: readonly [agents: number, height: number, width: number, channels: number]
  readonly view: Float32Array
  /** [agents][features] id bits, last action, last reward, and with minimaps the own place. */
  readonly feature: Float32Array
}

interface DenseColumns {
  readonly [name: string]: Column
  readonly denseBackground: Column<'f32'>
  readonly denseView: Column<'f32'>
  readonly denseFeature: Column<'f32'>
}

/** The same grid world with room in its memory for one such observation: `observeDense` needs it. */
export function withDense(scenario: AnyScenario): AnyScenario {
  return {
    ...scenario,
    describe(options) {
      const spec = scenario.describe(options)
      const most = (size: (space: ObservationSpace) => number): number =>
        Math.max(...spec.groups.map(({ observation }) => size(observation)))
      const view = most(({ image }) => image?.inputs.length ?? 0)
      const room: DenseColumns = {
        denseBackground: { dtype: 'f32', shape: [view] },
        denseView: { dtype: 'f32', shape: [view] },
        denseFeature: { dtype: 'f32', shape: [most(({ hotAt, sharedAt }) => sharedAt - hotAt)] },
      }
      return { ...spec, columns: { ...spec.columns, ...room } }
    },
    bind: (options, memory) => scenario.bind(options, memory),
  }
}

/**
 * @param bound world of a scenario made by `withDense`
 * @throws ERR_SCENARIO_INVALID for another one
 */
export function observeDense({ world, state, agents, plan }: BoundWorld, group: number): DenseObservations {
  if (!(world instanceof GridWorld) || state['denseView'] === undefined) {
    throw new RuntimeError(
      'ERR_SCENARIO_INVALID',
      `${plan.scenario.name}: expected a grid world with room for dense observations; make it by withDense(scenario)`,
    )
  }
  const { groups, config } = world.plan
  const { height, width } = groups[group]!.view
  const sizes = denseShape(groups[group]!, config, config.minimap)
  const { denseBackground, denseView, denseFeature } = state as Views<DenseColumns>
  const count = agents.living[group]!
  const view = new Float32Array(count * sizes.view)
  const feature = new Float32Array(count * sizes.feature)
  if (config.minimap) world.denseBackground(group, denseBackground.subarray(0, sizes.view))
  const background = config.minimap ? denseBackground.byteOffset : 0
  for (let i = 0; i < count; i++) {
    world.observeDense(group, i, i + 1, background, denseView.byteOffset, denseFeature.byteOffset)
    view.set(denseView.subarray(0, sizes.view), i * sizes.view)
    feature.set(denseFeature.subarray(0, sizes.feature), i * sizes.feature)
  }
  // Who only looks leaves no trace in the state's hash.
  for (const room of [denseBackground, denseView, denseFeature]) room.fill(0)
  return { shape: [count, height, width, sizes.channels], view, feature }
}
