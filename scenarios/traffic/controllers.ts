import type { ScriptedPolicy, WorldMemory } from '../../runtime/core/scenario.ts'
import { LinkRank } from './network.ts'
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

  /** Standing vehicles of a signal on lanes that have green, and on the others; those that only turn right do not count. */
  const standing = (signal: number): readonly [green: number, red: number] => {
    const { entries, entriesFrom, laneLinks, laneLinksFrom, linkRank } = constants
    let [green, red] = [0, 0]
    for (let i = entriesFrom[signal]!; i < entriesFrom[signal + 1]!; i++) {
      const lane = entries[i]!
      let isMovement = false
      let isGreen = false
      for (let k = laneLinksFrom[lane]!; k < laneLinksFrom[lane + 1]!; k++) {
        const link = laneLinks[k]!
        if (linkRank[link] === LinkRank.right) continue
        isMovement = true
        isGreen ||= state.green[link] === 1
      }
      if (isMovement && isGreen) green += queue[lane]!
      else if (isMovement) red += queue[lane]!
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

    /** Every phase in turn: on to the next one at a decision, if the green has lasted a decision interval. */
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
