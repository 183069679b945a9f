import type { ScriptedPolicy, WorldMemory } from '../../runtime/core/scenario.ts'
import type { TrafficColumns, TrafficConstants } from './plan.ts'
import { Plan } from './signals.ts'
import type { TrafficWorld } from './world.ts'

export const CONTROLLERS = ['plan', 'fixed-time', 'max-pressure', 'sotl'] as const

/** Self-organising: standing vehicles that a green must have left to be kept, and those before red that end it. */
const SOTL_GREEN = 3
const SOTL_RED = 30

/** Scripted controllers of signals, by name. */
export function bindControllers(
  world: TrafficWorld,
  { state, constants }: WorldMemory<TrafficColumns, TrafficConstants>,
): Readonly<Record<(typeof CONTROLLERS)[number], ScriptedPolicy>> {
  const { signals, timing } = world
  const { chosen, greenSteps, queue, plan } = state

  const perSignal =
    (choose: (signal: number) => number): ScriptedPolicy =>
    (_group, from, to) => {
      for (let signal = from; signal < to; signal++) signals.ask(signal, choose(signal))
    }
  const next = (signal: number) => (chosen[signal]! + 1) % signals.choices(signal)

  /** Standing vehicles of a signal on lanes that have green, and on the others. */
  const standing = (signal: number): readonly [green: number, red: number] => {
    const { entries, entriesFrom, phasesFrom, movements, movementsFrom, movementLanes, movementLanesFrom } =
      constants
    const phase = phasesFrom[constants.signals[signal]!]! + timing.firstPhase + chosen[signal]!
    const lanes = new Set<number>()
    for (let i = movementsFrom[phase]!; i < movementsFrom[phase + 1]!; i++) {
      const movement = movements[i]!
      for (let k = movementLanesFrom[movement]!; k < movementLanesFrom[movement + 1]!; k++)
        lanes.add(movementLanes[k]!)
    }
    let [green, red] = [0, 0]
    for (let i = entriesFrom[signal]!; i < entriesFrom[signal + 1]!; i++) {
      const lane = entries[i]!
      if (lanes.has(lane)) green += queue[lane]!
      else red += queue[lane]!
    }
    return [green, red]
  }

  return {
    /** The programme of the road network's file. */
    plan(_group, from, to) {
      for (let signal = from; signal < to; signal++) {
        plan[signal]! |= Plan.wanted
        signals.ask(signal, chosen[signal]!)
      }
    },

    /** Every phase in turn, each for one decision interval. */
    'fixed-time': perSignal((signal) =>
      greenSteps[signal]! >= timing.decisionSteps ? next(signal) : chosen[signal]!,
    ),

    /** The phase of the highest pressure, the first of several. @see Varaiya, "Max pressure control", 2013 */
    'max-pressure': perSignal((signal) => {
      let best = 0
      let highest = Number.NEGATIVE_INFINITY
      for (let choice = 0; choice < signals.choices(signal); choice++) {
        const pressure = world.pressure(signal, choice)
        if (pressure <= highest) continue
        best = choice
        highest = pressure
      }
      return best
    }),

    /**
     * On to the next phase when the queue before green is short and those before red are long.
     *
     * @see Cools, Gershenson, D'Hooghe, "Self-organizing traffic lights", 2013
     */
    sotl: perSignal((signal) => {
      const [green, red] = standing(signal)
      return green <= SOTL_GREEN && red > SOTL_RED ? next(signal) : chosen[signal]!
    }),
  }
}
