import { Clock } from '../../../runtime/core/scenario.ts'
import { type BoundWorld, createWorld, planWorld } from '../../../runtime/core/world.ts'
import { traffic } from '../../../scenarios/traffic/index.ts'
import type { TrafficWorld } from '../../../scenarios/traffic/world.ts'

const LIMIT_BYTES = 2 ** 32

/** A simulation that is stepped by hand on the test's thread, by a controller or by actions that the test sets. */
export class Simulation {
  readonly bound: BoundWorld
  readonly world: TrafficWorld
  readonly #decisionSteps: number

  constructor(options: Record<string, unknown>, seed = 0) {
    const plan = planWorld(traffic, traffic.options.parse(options))
    this.bound = createWorld(plan, LIMIT_BYTES)
    this.world = this.bound.world as TrafficWorld
    this.#decisionSteps = plan.spec.decisionSteps ?? 1
    this.bound.agents.key[2] = seed
    this.world.reset()
  }

  get step(): number {
    return this.bound.agents.clock[Clock.step]!
  }

  /** @param controller asked at every decision; left out, actions stand as they are */
  run(steps: number, controller?: string): void {
    const { action, clock } = this.bound.agents
    for (let i = 0; i < steps; i++) {
      if (controller !== undefined && this.step % this.#decisionSteps === 0) {
        this.world.policies[controller]!(0, 0, action.length)
      }
      for (const phase of this.world.phases) {
        if (phase.kind === 'range') phase.run(0, phase.size())
        else phase.run()
      }
      clock[Clock.step]!++
    }
  }

  get metrics(): Readonly<Record<string, number>> {
    return this.world.metrics()
  }
}
