import type { Column, Views } from '../../runtime/core/memory/layout.ts'

/** How actions of signals become phases; times in steps. */
export interface SignalTiming {
  /** Action 1 asks for the next phase and 0 for the present one, in place of an action for each phase. */
  readonly isSwitch: boolean
  /** The first phase that can be chosen; others follow in the file's order, at most so many in all. */
  readonly firstPhase: number
  readonly mostPhases: number
  /** Steps between two decisions. */
  readonly decisionSteps: number
  /** Least steps of a green. */
  readonly minGreen: number
  /** Steps between two greens in which `yellowPhase` is shown, and then red for all. */
  readonly yellow: number
  readonly yellowPhase: number
  readonly allRed: number
}

/** Bits of `plan`. The wish is renewed at every decision, or the action counts. */
export const Plan = { wanted: 1, followed: 2 } as const

/** What signals remember; A of them. */
export interface SignalColumns {
  readonly [name: string]: Column
  /** [A] choice in force, and the one that comes into force when the junction has cleared: phases from the first one. */
  readonly chosen: Column<'i32'>
  readonly nextChosen: Column<'i32'>
  /** [A] steps since the present green began. */
  readonly greenSteps: Column<'i32'>
  /** [A] steps until the junction has cleared, or 0. */
  readonly clearing: Column<'i32'>
  /** [A] whether it follows the file's programme in place of its actions: bits of `Plan`. */
  readonly plan: Column<'i32'>
  /** [A] seconds that are left of the programme's present phase. */
  readonly remaining: Column<'f64'>
}

export function signalColumns(signals: number): SignalColumns {
  const ofSignals = { dtype: 'i32', shape: [signals] } as const
  const remaining = { dtype: 'f64', shape: [signals] } as const
  return {
    chosen: ofSignals,
    nextChosen: ofSignals,
    greenSteps: ofSignals,
    clearing: ofSignals,
    plan: ofSignals,
    remaining,
  }
}

/** What signals act on. */
export interface SignalHeads {
  /** Seconds of a step. */
  readonly interval: number
  /** Phases of a signal's programme. */
  phaseCount(signal: number): number
  /** Shows a phase; −1 is red for all. */
  show(signal: number, phase: number): void
  /** The phase that a signal shows. */
  shown(signal: number): number
  /** Seconds of a phase in the signal's own programme. */
  secondsOf(signal: number, phase: number): number
}

const ALL_RED = -1

/** Phases of a programme that can be chosen. */
export function choicesOf({ firstPhase, mostPhases }: SignalTiming, phases: number): number {
  return Math.max(1, Math.min(mostPhases, phases - firstPhase))
}

/** All signals of a world. `reset` and `decide` are called by one thread at a time, all else by any for its own signals. */
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

  /** Every signal shows the first phase that it can choose. */
  reset(): void {
    const { chosen, nextChosen, greenSteps, clearing, plan } = this.#state
    for (const column of [chosen, nextChosen, greenSteps, clearing, plan]) column.fill(0)
    for (let signal = 0; signal < chosen.length; signal++) this.#heads.show(signal, this.#timing.firstPhase)
  }

  /** Before a step in which signals decide: actions come into force, or the junction begins to clear. */
  decide(): void {
    const { chosen, nextChosen, greenSteps, clearing } = this.#state
    const { yellow, yellowPhase, allRed, minGreen, firstPhase } = this.#timing
    for (let signal = 0; signal < chosen.length; signal++) {
      if (this.#followsPlan(signal)) continue
      const asked = this.#asked(signal)
      if (asked === chosen[signal] || greenSteps[signal]! < minGreen) continue
      if (yellow + allRed === 0) {
        chosen[signal] = asked
        greenSteps[signal] = 0
        this.#heads.show(signal, firstPhase + asked)
        continue
      }
      nextChosen[signal] = asked
      clearing[signal] = yellow + allRed
      this.#heads.show(signal, yellow > 0 ? yellowPhase : ALL_RED)
    }
  }

  /** Whether the wish for the programme was renewed. The programme starts at its first phase, and ends with the present choice. */
  #followsPlan(signal: number): boolean {
    const { plan, remaining, chosen } = this.#state
    const isWanted = (plan[signal]! & Plan.wanted) !== 0
    const isFollowed = (plan[signal]! & Plan.followed) !== 0
    if (isWanted && !isFollowed) {
      remaining[signal] = this.#heads.secondsOf(signal, 0)
      this.#heads.show(signal, 0)
    } else if (isFollowed && !isWanted) {
      this.#heads.show(signal, this.#timing.firstPhase + chosen[signal]!)
    }
    plan[signal] = isWanted ? Plan.followed : 0
    return isWanted
  }

  /** The choice that an action stands for. One that is none of this signal's leaves it as it is. */
  #asked(signal: number): number {
    const action = this.#action[signal]!
    const chosen = this.#state.chosen[signal]!
    const choices = this.choices(signal)
    if (this.#timing.isSwitch) return action === 1 ? (chosen + 1) % choices : chosen
    return action < choices ? action : chosen
  }

  /** Sets the action that comes nearest to a choice: where signals can only switch, they switch until it comes. */
  ask(signal: number, choice: number): void {
    const isOther = choice !== this.#state.chosen[signal]
    this.#action[signal] = this.#timing.isSwitch ? Number(isOther) : choice
  }

  /** Phases that a signal can choose from. */
  choices(signal: number): number {
    return choicesOf(this.#timing, this.#heads.phaseCount(signal))
  }

  /** The signals `[from, to)` after every step. */
  advance(from: number, to: number): void {
    const { chosen, nextChosen, greenSteps, clearing, plan, remaining } = this.#state
    const { allRed, firstPhase } = this.#timing
    const { interval } = this.#heads
    for (let signal = from; signal < to; signal++) {
      if (plan[signal]! & Plan.followed) {
        remaining[signal]! -= interval
        if (remaining[signal]! <= 0) this.#endPhase(signal)
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

  /** The programme goes on to the phase whose time has come. @see CityFlow 81ee0f4, roadnet/trafficlight.cpp */
  #endPhase(signal: number): void {
    const { remaining } = this.#state
    let phase = this.#heads.shown(signal)
    while (remaining[signal]! <= 0) {
      phase = (phase + 1) % this.#heads.phaseCount(signal)
      remaining[signal]! += this.#heads.secondsOf(signal, phase)
    }
    this.#heads.show(signal, phase)
  }
}
