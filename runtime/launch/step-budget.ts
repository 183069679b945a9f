/** The steps of a run, as they are given out to the segments of its own worlds and of joined hosts. */
export class StepBudget {
  readonly #total: number
  readonly #unit: number
  /** Given out, those of finished segments included. */
  #claimed: number
  /** Of them, those of joined hosts' segments that the learner has not taken yet. */
  #granted = 0
  #grantsSettled: () => void = () => undefined

  /**
   * @param done steps that were made before
   * @param unit steps of a decision: worlds of the host are given whole ones, so the last may go beyond the total
   */
  constructor(total: number, done: number, unit: number) {
    this.#total = total
    this.#unit = unit
    this.#claimed = done
  }

  /** Gives out at most `most` steps; 0 when there are none left. */
  claim(most: number): number {
    const left = this.#unit * Math.ceil((this.#total - this.#claimed) / this.#unit)
    const steps = Math.max(0, Math.min(most, left))
    this.#claimed += steps
    return steps
  }

  /** Takes back what a segment did not use. */
  giveBack(steps: number): void {
    this.#claimed -= steps
  }

  /** Gives steps out to a joined host's segment: to all of it or not at all, for it has been played already. */
  grant(steps: number): boolean {
    if (this.#claimed + steps > this.#total) return false
    this.#claimed += steps
    this.#granted += steps
    return true
  }

  /** The learner has taken steps that were granted. */
  settle(steps: number): void {
    this.#granted -= steps
    if (this.#granted === 0) this.#grantsSettled()
  }

  /** The learner that was to take what is granted is gone. */
  revokeGrants(): void {
    this.#claimed -= this.#granted
    this.settle(this.#granted)
  }

  /** With all steps given out, waits until granted ones have been taken, or can be given out again. */
  async allSettled(): Promise<void> {
    if (this.#granted === 0 || this.#claimed < this.#total) return
    await new Promise<void>((resolve) => {
      this.#grantsSettled = resolve
    })
  }
}
