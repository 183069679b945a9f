import type { AnyScenario } from '../../runtime/core/scenario.ts'
import type { Offset } from '../../scenarios/gridworld/ranges.ts'
import type { GridWorld } from '../../scenarios/gridworld/world.ts'
import { SoloWorld } from '../fixtures/solo-world.ts'

/** An agent of a scene, by its group and its present slot. */
export interface Figure {
  readonly group: number
  /** Where it stands in memory; −1 once it is gone. */
  slot: number
  /** Of the last step. */
  reward: number
}

/** What figures do in a step: displacements from the top left cell of their bodies. Others stay. */
export interface Doings {
  readonly moves?: readonly (readonly [figure: Figure, dx: number, dy: number])[]
  readonly attacks?: readonly (readonly [figure: Figure, dx: number, dy: number])[]
}

/** A grid world of a scenario, emptied, in which tests put agents where they want them. */
export class Scene {
  readonly solo: SoloWorld
  readonly world: GridWorld
  readonly #figures: Figure[] = []

  constructor(scenario: AnyScenario, options: Record<string, unknown> = {}) {
    this.solo = new SoloWorld(scenario, options)
    this.world = this.solo.bound.world as GridWorld
    this.solo.start(1)
    this.world.clearMap(1)
  }

  place(group: number, x: number, y: number, hp?: number): Figure {
    if (!this.world.tryPlace(group, x, y)) throw new Error(`${x}, ${y} is taken`)
    const figure: Figure = { group, slot: this.solo.list(group)[1] - 1, reward: 0 }
    if (hp !== undefined) this.world.setHp(figure.slot, Math.fround(hp))
    this.#figures.push(figure)
    return figure
  }

  step({ moves = [], attacks = [] }: Doings = {}): void {
    const { action, reward, next } = this.solo.bound.agents
    const { groups } = this.world.plan
    const choose = (figure: Figure, range: readonly Offset[], first: number, dx: number, dy: number) => {
      const index = range.findIndex((cell) => cell.dx === dx && cell.dy === dy)
      if (index < 0) throw new Error(`${dx}, ${dy} is out of reach`)
      action[figure.slot] = first + index
    }
    const living = this.#figures.filter(({ slot }) => slot >= 0)
    for (const figure of living) choose(figure, groups[figure.group]!.moves, 0, 0, 0)
    for (const [figure, dx, dy] of moves) choose(figure, groups[figure.group]!.moves, 0, dx, dy)
    for (const [figure, dx, dy] of attacks) {
      const { moves: before, attacks: range } = groups[figure.group]!
      choose(figure, range, before.length, dx, dy)
    }
    this.solo.step()
    for (const figure of living) {
      figure.reward = reward[figure.slot]!
      figure.slot = next[figure.slot]!
    }
  }

  hp({ slot }: Figure): number {
    return this.solo.bound.state['hp']![slot]!
  }

  cell({ slot }: Figure): readonly [x: number, y: number] {
    const { x, y } = this.solo.bound.state
    return [x![slot]!, y![slot]!]
  }
}

/** Adds up as the engine does: in single precision, from the left. */
export function sum32(first: number, ...rest: readonly number[]): number {
  return rest.reduce((sum, value) => Math.fround(sum + Math.fround(value)), Math.fround(first))
}
