import type { Column, Views } from '../../runtime/core/memory/layout.ts'

/** How actions of signals become phases; times in steps. */
export interface SignalTiming {
  /** The phase that action 0 asks for; the others follow in the file's order. */
  readonly firstPhase: number
  /** Steps between two decisions. */
  readonly decisionSteps: number
  /** Least steps of a green. */
  readonly minGreen: number
  /** Steps between two greens in which `yellowPhase` is shown, and then red for all. */
  readonly yellow: number
  readonly yellowPhase: number
  readonly allRed: number
}

/** What `plan` says of a signal. The wish is renewed at every decision, or the action counts. */
export const Plan = { off: 0, wanted: 1, followed: 2 } as const

/** What signals remember; A of them. */
export interface SignalColumns {
  readonly [name: string]: Column
  /** [A] action in force, and the one that comes into force when the junction has cleared. */
  readonly chosen: Column<'i32'>
  readonly nextChosen: Column<'i32'>
  /** [A] steps since the present green began. */
  readonly greenSteps: Column<'i32'>
  /** [A] steps until the junction has cleared, or 0. */
  readonly clearing: Column<'i32'>
  /** [A] whether it follows the file's programme in place of its actions: a `Plan`. */
  readonly plan: Column<'i32'>
}

export function signalColumns(signals: number): SignalColumns {
  const ofSignals = { dtype: 'i32', shape: [signals] } as const
  return { chosen: ofSignals, nextChosen: ofSignals, greenSteps: ofSignals, clearing: ofSignals, plan: ofSignals }
}

/** What signals act on. */
export interface SignalHeads {
  /** Phases that a signal can choose from. */
  actionsOf(signal: number): number
  /** Shows a phase; −1 is red for all. */
  show(signal: number, phase: number): void
  advancePlan(signal: number): void
}

const ALL_RED = -1

/** All signals of a world. Called by one thread at a time. */
export class SignalControl {
  readonly #timing: SignalTiming
  readonly #state: Views<SignalColumns>
  readonly #action: Uint16Array
  readonly #heads: SignalHeads

  /** @param action [A] */
  constructor(timing: SignalTiming, state: Views<SignalColumns>, action: Uint16Array, heads: SignalHeads) {
    this.#timing = timing
    this.#state = state
    this.#action = action
    this.#heads = heads
  }

  /** Every signal at the first phase that can be chosen. */
  reset(): void {
    const { chosen, nextChosen, greenSteps, clearing, plan } = this.#state
    for (const column of [chosen, nextChosen, greenSteps, clearing, plan]) column.fill(0)
    for (let signal = 0; signal < chosen.length; signal++) this.#heads.show(signal, this.#timing.firstPhase)
  }

  /** Before a step in which signals decide: actions come into force, or the junction begins to clear. */
  decide(): void {
    const { chosen, nextChosen, greenSteps, clearing, plan } = this.#state
    const { yellow, yellowPhase, allRed, minGreen, firstPhase } = this.#timing
    for (let signal = 0; signal < chosen.length; signal++) {
      plan[signal] = plan[signal] === Plan.wanted ? Plan.followed : Plan.off
      if (plan[signal] === Plan.followed) continue
      const action = this.#action[signal]!
      // What asks for no phase of this signal leaves it as it is.
      if (action >= this.#heads.actionsOf(signal) || action === chosen[signal]) continue
      if (greenSteps[signal]! < minGreen) continue
      if (yellow + allRed === 0) {
        chosen[signal] = action
        greenSteps[signal] = 0
        this.#heads.show(signal, firstPhase + action)
        continue
      }
      nextChosen[signal] = action
      clearing[signal] = yellow + allRed
      this.#heads.show(signal, yellow > 0 ? yellowPhase : ALL_RED)
    }
  }

  /** After every step. */
  advance(): void {
    const { chosen, nextChosen, greenSteps, clearing, plan } = this.#state
    const { allRed, firstPhase } = this.#timing
    for (let signal = 0; signal < chosen.length; signal++) {
      if (plan[signal] === Plan.followed) {
        this.#heads.advancePlan(signal)
      } else if (clearing[signal]! > 0) {
        clearing[signal]!--
        if (clearing[signal] === 0) {
          chosen[signal] = nextChosen[signal]!
          greenSteps[signal] = 0
          this.#heads.show(signal, firstPhase + chosen[signal]!)
        } else if (clearing[signal] === allRed) this.#heads.show(signal, ALL_RED)
      } else greenSteps[signal]!++
    }
  }
}
