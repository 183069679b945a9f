import type { z } from 'zod'
import { type AnyScenario, defineScenario, type Scenario } from '../../runtime/core/scenario.ts'
import type { GridWorldConfig } from './config.ts'
import { type GridColumns, type GridPlan, planGrid } from './plan.ts'
import { GridWorld } from './world.ts'

/** A scenario that is a configuration of a grid world and a way to fill it. */
export interface GridScenario<S extends z.ZodObject> {
  readonly name: string
  readonly summary: string
  /** Its `maxSteps` are the steps after which an episode is truncated. */
  readonly options: S
  readonly presets?: Readonly<Record<string, Partial<z.input<S>>>>
  /** Name of the group that learns unless the user names another; left out, the first that is not passive. */
  readonly learningGroup?: string
  /** Defaults of `train` that suit it better, as in `Scenario`. */
  readonly training?: Readonly<Record<string, unknown>>
  /** @throws ERR_CONFIG_INVALID for options that contradict each other */
  config(options: z.output<S>): GridWorldConfig
  /** Sets up walls and agents of an empty map, at each reset. */
  populate(world: GridWorld, options: z.output<S>): void
  /** Who has more wins; left out, a group's living agents count. */
  score?(world: GridWorld, group: number, options: z.output<S>): number
  /** Figures beside those that every grid world has. */
  metrics?(world: GridWorld, options: z.output<S>): Readonly<Record<string, number>>
  readonly verify?: Scenario['verify']
}

export function defineGridScenario<S extends z.ZodObject>(scenario: GridScenario<S>): AnyScenario {
  const { name, summary, options, presets, learningGroup, training, verify } = scenario
  // A plan is the same for every world of the same options, and there may be thousands.
  const plans = new WeakMap<object, GridPlan>()
  const planOf = (given: z.output<S>): GridPlan => {
    let plan = plans.get(given)
    if (!plan) {
      plan = planGrid(scenario.config(given))
      plans.set(given, plan)
    }
    return plan
  }
  return defineScenario<S, GridColumns>({
    name,
    summary,
    options,
    ...(presets && { presets }),
    scripted: ['nearest-enemy'],
    ...(learningGroup !== undefined && { learningGroup }),
    ...(training && { training }),
    describe(given) {
      const { columns, specs } = planOf(given)
      return { columns, groups: specs, maxSteps: (given as { readonly maxSteps: number }).maxSteps }
    },
    bind: (given, memory) =>
      new GridWorld(planOf(given), memory, (world) => scenario.populate(world, given), {
        ...(scenario.score && { score: (world, group) => scenario.score!(world, group, given) }),
        ...(scenario.metrics && { metrics: (world) => scenario.metrics!(world, given) }),
      }),
    ...(verify && { verify }),
  })
}
