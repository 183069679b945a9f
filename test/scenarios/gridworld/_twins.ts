import type { GridWorldConfig } from '../../../scenarios/gridworld/config.ts'
import { HIT, KILLED, LATE, MISS, MOVED, TAKEN_IN } from '../../../scenarios/gridworld/words.ts'
import { findFault, openGrid, ringOf, type SoloGrid, stepWith } from './_grid.ts'
import { isAlive, type Outcome, type ReferenceAgent, ReferenceWorld } from './_reference.ts'

const ATTACKS: Readonly<Record<number, Outcome>> = {
  [LATE]: 'late',
  [MISS]: 'missed',
  [HIT]: 'hit',
  [KILLED]: 'killed',
}
const MOVES: Readonly<Record<number, Outcome>> = { [MOVED]: 'moved', [TAKEN_IN]: 'taken in' }

/** What is compared of an agent. */
type Value = number | boolean | string | undefined

/** How the engine is run: none of it may show. */
export interface Cut {
  /** Threads that the world is bound for; one does the work of all. */
  readonly shards: number
  /** Pieces that phases are cut into. */
  readonly pieces: number
}

/** A world in the engine and the same in the reference, kept in step. */
export class Twins {
  readonly grid: SoloGrid
  readonly reference: ReferenceWorld
  readonly #cut: Cut
  #walls: number

  constructor(config: GridWorldConfig, seed: number, cut: Cut) {
    this.grid = openGrid(config, () => {}, cut.shards)
    this.grid.solo.start(seed)
    const { engine } = this.grid.solo.bound.state
    this.reference = new ReferenceWorld(config, engine![0]!, this.grid.solo.bound.agents.key)
    this.#cut = cut
    this.#walls = ringOf(config.width, config.height)
  }

  get agents(): readonly ReferenceAgent[] {
    return this.reference.lists.flat()
  }

  setWall(x: number, y: number): void {
    if (this.reference.at(x, y) !== undefined) return
    this.grid.world.setWall(x, y)
    this.reference.setWall(x, y)
    this.#walls++
  }

  /** @throws Error when one twin has room and the other has not */
  tryPlace(group: number, x: number, y: number): ReferenceAgent | undefined {
    const isPlaced = this.reference.tryPlace(group, x, y)
    if (this.grid.world.tryPlace(group, x, y) !== isPlaced) throw new Error(`placing at ${x}, ${y}`)
    return isPlaced ? this.reference.lists[group]!.at(-1) : undefined
  }

  setHp(agent: ReferenceAgent, hp: number): void {
    agent.hp = Math.fround(hp)
    this.grid.world.setHp(this.#slotOf(agent), agent.hp)
  }

  /** Both make the step that `action` of the reference's agents says. Returns their first difference. */
  step(): string | undefined {
    const { solo } = this.grid
    const slots = new Map(this.agents.map((agent) => [agent, this.#slotOf(agent)]))
    for (const [agent, slot] of slots) solo.bound.agents.action[slot] = agent.action
    this.reference.step()
    let difference: string | undefined
    stepWith(this.grid, this.#cut.pieces, () => {
      difference = this.#compareStep(slots)
    })
    this.reference.clear()
    return difference ?? this.#compareLists() ?? findFault(this.grid, this.#walls)
  }

  #slotOf(agent: ReferenceAgent): number {
    const [first, end] = this.grid.solo.list(agent.group)
    const at = this.grid.solo.bound.agents.id.subarray(first, end).indexOf(agent.id)
    if (at < 0) throw new Error(`the engine has no agent ${agent.id}`)
    return first + at
  }

  /** What the step did to each agent, the dead included. */
  #compareStep(slots: ReadonlyMap<ReferenceAgent, number>): string | undefined {
    const { state, agents } = this.grid.solo.bound
    for (const [agent, slot] of slots) {
      const { dead, outcome, move, aimed, x, y, hp, absorbed, lastAction } = state
      const found = ATTACKS[outcome![slot]!] ?? MOVES[move![slot]!] ?? 'nothing'
      // An attack on nothing is a miss in the engine even if the attacker was dead by then: nothing hangs on it.
      const did = found === 'missed' && agent.outcome === 'late' ? 'late' : found
      const struck = did === 'hit' || did === 'killed' ? agents.id[aimed![slot]!] : undefined
      const expectedStruck = agent.op === 'attack' || agent.op === 'kill' ? agent.target?.id : undefined
      const fields: readonly [string, expected: Value, got: Value][] = [
        ['outcome', agent.outcome, did],
        ['struck', expectedStruck, struck],
        ['alive', isAlive(agent), dead![slot] === 0],
        ['x', agent.x, x![slot]],
        ['y', agent.y, y![slot]],
        ['hp', agent.hp, hp![slot]],
        ['absorbed', agent.hasAbsorbed, absorbed![slot] === 1],
        ['reward', agent.reward, agents.reward[slot]],
        ['last action', agent.action, lastAction![slot]],
      ]
      for (const [field, expected, got] of fields) {
        if (!Object.is(expected, got)) return `agent ${agent.id} ${field}: expected ${expected}, got ${got}`
      }
    }
    return undefined
  }

  /** Who is left, and what the step leaves behind. */
  #compareLists(): string | undefined {
    const { solo, world } = this.grid
    const { state, agents } = solo.bound
    for (const [group, list] of this.reference.lists.entries()) {
      const ids = [...agents.id.subarray(...solo.list(group))]
      if (this.reference.config.order === 'manyfold') ids.sort((a, b) => a - b)
      const expected = list.map(({ id }) => id)
      if (ids.join() !== expected.join()) return `list ${group}: ${expected.join()}, got ${ids.join()}`
      for (const agent of list) {
        const got = state['lastReward']![this.#slotOf(agent)]!
        if (!Object.is(got, agent.lastReward))
          return `agent ${agent.id} last reward: ${agent.lastReward}, got ${got}`
      }
    }
    if (world.ended() !== this.reference.isOver) return `over: expected ${this.reference.isOver}`
    const [kills, gotKills] = [this.reference.kills.flat().join(), state['kills']!.join()]
    if (kills !== gotKills) return `kills: ${kills}, got ${gotKills}`
    const engine = state['engine']![0]
    return engine === this.reference.engine ? undefined : `engine: ${this.reference.engine}, got ${engine}`
  }
}
