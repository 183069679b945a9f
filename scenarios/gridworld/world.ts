import { RuntimeError } from '../../runtime/core/errors.ts'
import type { Views } from '../../runtime/core/memory/layout.ts'
import { Stream } from '../../runtime/core/rng.ts'
import {
  Clock,
  type Phase,
  type ScriptedPolicy,
  type World,
  type WorldMemory,
} from '../../runtime/core/scenario.ts'
import { nextEngine, seedEngine } from './engine-random.ts'
import { type GridKernel, KERNEL } from './kernel.ts'
import { bindNearestEnemy } from './nearest-enemy.ts'
import { type GridColumns, type GridPlan, MOST_IN_TURN, SCRATCH_COLUMNS, writeTables } from './plan.ts'
import { bindRules, paysByTable, type RewardRules } from './rules.ts'
import {
  ALIVE,
  BLANK,
  FIRST_AGENT_CODE,
  NEVER_ACTED,
  NO_AGENT,
  NO_CLAIM,
  OUTSIDE,
  WALL,
  WALL_CODE,
  WANTS,
} from './words.ts'

const f = Math.fround

/** Agents of all groups in one round of a phase. */
const ROUND_AGENTS = 16_384

export const Counter = { placed: 0, over: 1 } as const

/** Steps between two sortings of the lists, where their order is free. */
export const SORT_STEPS = 16

/** What a scenario counts in its own way. */
export interface GridFigures {
  readonly score?: (world: GridWorld, group: number) => number
  readonly metrics?: (world: GridWorld) => Readonly<Record<string, number>>
}

/**
 * A world of agents on a grid, step by step as MAgent2's engine resolves it.
 *
 * Up to `settle` the dead of a step are still in the lists. The result does not depend on how the
 * ranges of the phases are cut.
 */
export class GridWorld implements World {
  readonly phases: readonly Phase[]
  readonly policies: Readonly<Record<string, ScriptedPolicy>>
  readonly scratch: readonly string[] = SCRATCH_COLUMNS
  readonly plan: GridPlan
  readonly #memory: WorldMemory<GridColumns>
  readonly #state: Views<GridColumns>
  readonly #kernel: GridKernel
  readonly #rules: RewardRules
  readonly #populate: (world: GridWorld) => void
  readonly #figures: GridFigures
  /** [G, 2] sums of x and of y. */
  readonly #centre: BigInt64Array
  /** Address of the world's tables, by which kernels know it. */
  readonly #at: number

  /** @param populate sets up walls and agents, at each reset */
  constructor(
    plan: GridPlan,
    memory: WorldMemory<GridColumns>,
    populate: (world: GridWorld) => void,
    figures: GridFigures = {},
  ) {
    this.plan = plan
    this.#figures = figures
    this.#memory = memory
    this.#state = memory.state
    this.#populate = populate
    this.#kernel = memory.kernel<GridKernel>(KERNEL)
    this.#at = memory.state.tables.byteOffset
    const { centre } = memory.state
    this.#centre = new BigInt64Array(centre.buffer, centre.byteOffset, centre.length / 2)
    writeTables(plan, memory.state, memory.agents, memory.slots, memory.shards > 1)
    this.#rules = bindRules(plan, memory.state, memory.agents, memory.slots)
    this.policies = { 'nearest-enemy': bindNearestEnemy(plan, memory) }
    this.phases = this.#phases()
  }

  #phases(): Phase[] {
    const kernel = this.#kernel
    const at = this.#at
    const phases: Phase[] = []
    if (this.plan.config.order === 'magent')
      phases.push({ name: 'shuffle', kind: 'serial', run: () => kernel.shuffle(at) })
    phases.push(
      this.#overAgents('aim', (from, to, group) => kernel.aim(at, group, from, to)),
      this.#overAgents('strike', (from, to) => kernel.strike(at, from, to)),
      this.#overAgents('upkeep', (from, to, group) => kernel.upkeep(at, group, from, to)),
    )
    if (this.plan.movesInTurn) {
      phases.push(
        this.#overAgents('rank', (from, to, group) => kernel.rank(at, group, from, to)),
        { name: 'move', kind: 'serial', run: () => this.#moveInTurn() },
      )
    } else {
      phases.push(
        this.#overAgents('claim', (from, to, group) => kernel.claim(at, group, from, to)),
        this.#overAgents('decide', (from, to) => kernel.decide(at, from, to)),
        this.#overAgents('move', (from, to, group) => kernel.apply(at, group, from, to)),
      )
    }
    if (!paysByTable(this.plan.config.rules)) phases.push(this.#rewards())
    phases.push(
      this.#overAgents('settle', (from, to) => kernel.settle(at, from, to)),
      { name: 'clear', kind: 'serial', run: () => this.#clear() },
      this.#overAgents('renew', (from, to, group) => kernel.renew(at, group, from, to)),
    )
    return phases
  }

  reset(): void {
    const { random } = this.#memory
    random.draw(Stream.engineSeed, 0, 0)
    this.clearMap(seedEngine(random.words[0]!))
    this.#populate(this)
    this.#sort(true)
  }

  /** An empty map with its ring of walls. @param engine state of MAgent2's generator */
  clearMap(engine: number): void {
    const { width, height } = this.plan.config
    const { margin, stride } = this.plan
    const { occupant, codes, counters, centre, kills, minimaps, claim, struck, dead, absorbed } = this.#state
    occupant.fill(OUTSIDE)
    for (let y = 0; y < height; y++) {
      const row = (y + margin) * stride + margin
      occupant.fill(BLANK, row, row + width)
    }
    codes.fill(0)
    counters.fill(0)
    centre.fill(0)
    kills.fill(0)
    minimaps.fill(0)
    claim.fill(NO_CLAIM)
    struck.fill(NO_AGENT)
    dead.fill(ALIVE)
    absorbed.fill(0)
    this.#state.deaths.fill(0)
    this.#memory.agents.living.fill(0)
    this.#state.engine[0] = engine
    for (let x = 0; x < width; x++) {
      this.setWall(x, 0)
      this.setWall(x, height - 1)
    }
    for (let y = 0; y < height; y++) {
      this.setWall(0, y)
      this.setWall(width - 1, y)
    }
  }

  /** @throws ERR_SCENARIO_INVALID off the map */
  setWall(x: number, y: number): void {
    if (!this.#isOnMap(x, y, 1, 1)) {
      const { width, height } = this.plan.config
      throw new RuntimeError(
        'ERR_SCENARIO_INVALID',
        `grid world.setWall: expected a cell of the map of ${width} × ${height}, got (${x}, ${y})`,
        { details: { x, y } },
      )
    }
    const cell = this.#cell(x, y)
    this.#state.occupant[cell] = WALL
    this.#state.codes[cell] = WALL_CODE
  }

  /**
   * Puts a new agent with full hp at the end of a group's list. False when a cell of its body is taken or
   * off the map.
   *
   * @throws ERR_SCENARIO_INVALID when the group is full
   */
  tryPlace(group: number, x: number, y: number): boolean {
    const { name, type, capacity } = this.plan.config.groups[group]!
    if (!this.isBlank(x, y, type.width, type.height)) return false
    if (this.#memory.agents.living[group]! >= capacity) {
      throw new RuntimeError(
        'ERR_SCENARIO_INVALID',
        `grid world.${name}: expected at most ${capacity} agents, its capacity, got one more at (${x}, ${y})`,
        { details: { group: name, capacity, x, y } },
      )
    }
    const { x: xs, y: ys, hp, pending, lastReward, lastAction, counters } = this.#state
    const { living, id, action } = this.#memory.agents
    const slot = this.#memory.slots[group]! + living[group]!
    living[group]!++
    id[slot] = counters[Counter.placed]!
    counters[Counter.placed]!++
    xs[slot] = x
    ys[slot] = y
    this.#addToCentre(group, x, y)
    hp[slot] = type.hp
    pending[slot] = type.stepReward
    lastReward[slot] = 0
    lastAction[slot] = NEVER_ACTED
    // Passive agents are never given an action.
    action[slot] = this.plan.groups[group]!.stay
    this.#fillBody(slot, group, this.#codeOf(group, type.hp))
    this.#countInMinimaps(group, x, y)
    return true
  }

  /** True when an area is on the map and holds neither walls nor agents. */
  isBlank(x: number, y: number, width = 1, height = 1): boolean {
    if (!this.#isOnMap(x, y, width, height)) return false
    for (let dy = 0; dy < height; dy++) {
      for (let dx = 0; dx < width; dx++) {
        if (this.#state.occupant[this.#cell(x + dx, y + dy)]! >= 0) return false
      }
    }
    return true
  }

  /** Places agents on blank cells drawn from MAgent2's generator. The map must have room for them. */
  placeRandomly(group: number, count: number): void {
    const { type } = this.plan.config.groups[group]!
    for (let i = 0; i < count; i++) {
      const [x, y] = this.#drawBlank(type.width, type.height)
      this.tryPlace(group, x, y)
    }
  }

  /** A whole number from 0 up to, but not including, `bound`, drawn from MAgent2's generator. */
  draw(bound: number): number {
    const { engine } = this.#state
    engine[0] = nextEngine(engine[0]!)
    return engine[0]! % bound
  }

  /** Sets walls on blank cells drawn from MAgent2's generator. */
  wallRandomly(count: number): void {
    for (let i = 0; i < count; i++) this.setWall(...this.#drawBlank(1, 1))
  }

  setHp(slot: number, hp: number): void {
    const group = this.groupOf(slot)
    this.#state.hp[slot] = hp
    this.#fillBody(slot, group, this.#codeOf(group, hp))
  }

  /** The group of the agent on a cell, or −1 where there is none, as off the map. */
  groupAt(x: number, y: number): number {
    if (!this.#isOnMap(x, y, 1, 1)) return -1
    const holder = this.#state.occupant[this.#cell(x, y)]!
    return holder < 0 || holder >= OUTSIDE ? -1 : this.groupOf(holder)
  }

  /** How many living agents of a group have taken another one in. */
  absorbedIn(group: number): number {
    const first = this.#memory.slots[group]!
    const taken = this.#state.absorbed.subarray(first, first + this.#memory.agents.living[group]!)
    return taken.reduce((sum, isTaken) => sum + isTaken, 0)
  }

  groupOf(slot: number): number {
    const { slots } = this.#memory
    let group = 0
    while (group + 1 < slots.length && slot >= slots[group + 1]!) group++
    return group
  }

  observe(group: number, from: number, to: number, at: number): void {
    const first = this.#memory.slots[group]!
    this.#kernel.pack(this.#at, group, first + from, first + to, at)
  }

  observeShared(group: number, at: number): void {
    this.#kernel.packMinimaps(this.#at, group, at)
  }

  /** Those that see an agent of another group. */
  engaged(group: number): Int32Array {
    const first = this.#memory.slots[group]!
    const { link } = this.#state
    const end = first + this.#memory.agents.living[group]!
    return link.subarray(0, this.#kernel.listEngaged(this.#at, group, first, end, link.byteOffset))
  }

  /**
   * MAgent2's own observations of the agents `[from, to)` of a group's list, bit for bit; all places are
   * bytes of the arena.
   *
   * @param background [height][width][channels] f32 from `denseBackground`, or 0 for views without minimaps
   * @param view       [to - from][height][width][channels] f32
   * @param feature    [to - from][features] f32
   */
  observeDense(
    group: number,
    from: number,
    to: number,
    background: number,
    view: number,
    feature: number,
  ): void {
    const first = this.#memory.slots[group]!
    this.#kernel.dense(this.#at, group, first + from, first + to, background, view, feature)
  }

  /**
   * What all views of a group have alike: minimaps as MAgent2 has them, shares of the whole list, those included
   * that died in the step, and 0 / 0 for an empty group.
   *
   * @param out [height][width][channels]
   */
  denseBackground(group: number, out: Float32Array): void {
    const { config, groups } = this.plan
    const { view } = groups[group]!
    const { living } = this.#memory.agents
    const { x, y } = this.#state
    const cellWidth = Math.ceil(config.width / view.width)
    const cellHeight = Math.ceil(config.height / view.height)
    const channels = 1 + 3 * groups.length
    out.fill(0)
    for (let turn = 0; turn < groups.length; turn++) {
      const seen = (group + turn) % groups.length
      const channel = 3 + 3 * turn
      const first = this.#memory.slots[seen]!
      for (let slot = first; slot < first + living[seen]!; slot++) {
        const cell = Math.floor(y[slot]! / cellHeight) * view.width + Math.floor(x[slot]! / cellWidth)
        out[cell * channels + channel]!++
      }
      for (let at = channel; at < out.length; at += channels) out[at]! /= living[seen]!
    }
  }

  ended(): boolean {
    return this.#state.counters[Counter.over] === 1
  }

  score(group: number): number {
    return this.#figures.score?.(this, group) ?? this.#memory.agents.living[group]!
  }

  metrics(): Readonly<Record<string, number>> {
    const { living, clock } = this.#memory.agents
    const figures: Record<string, number> = {}
    for (const [group, { name }] of this.plan.config.groups.entries()) {
      const key = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
      figures[`${key}Alive`] = living[group]!
      figures[`${key}Kills`] = this.#killsOf(group)
    }
    return { ...figures, ...this.#figures.metrics?.(this), episodeSteps: clock[Clock.step]! }
  }

  groupMetrics(group: number): Readonly<Record<string, number>> {
    return { kills: this.#killsOf(group), survivors: this.#memory.agents.living[group]! }
  }

  #killsOf(group: number): number {
    const groups = this.plan.groups.length
    return this.#state.kills
      .subarray(group * groups, (group + 1) * groups)
      .reduce((sum, kills) => sum + kills, 0)
  }

  #isOnMap(x: number, y: number, width: number, height: number): boolean {
    const { config } = this.plan
    return x >= 0 && y >= 0 && x + width <= config.width && y + height <= config.height
  }

  #cell(x: number, y: number): number {
    const { margin, stride } = this.plan
    return (y + margin) * stride + x + margin
  }

  #codeOf(group: number, hp: number): number {
    const { levels, config } = this.plan
    const maxHp = f(config.groups[group]!.type.hp)
    // As the kernels round it: to even, in float32.
    const exact = f(f(f(hp) * (levels - 1)) / maxHp)
    const floor = Math.floor(exact)
    const isUp = exact - floor > 0.5 || (exact - floor === 0.5 && floor % 2 === 1)
    const level = Math.max(0, Math.min(levels - 1, isUp ? floor + 1 : floor))
    return FIRST_AGENT_CODE + group * levels + level
  }

  #fillBody(slot: number, group: number, code: number): void {
    const { x, y, occupant, codes } = this.#state
    const { type } = this.plan.config.groups[group]!
    for (let dy = 0; dy < type.height; dy++) {
      for (let dx = 0; dx < type.width; dx++) {
        const cell = this.#cell(x[slot]! + dx, y[slot]! + dy)
        occupant[cell] = slot
        codes[cell] = code
      }
    }
  }

  #addToCentre(group: number, x: number, y: number): void {
    this.#centre[2 * group]! += BigInt(x)
    this.#centre[2 * group + 1]! += BigInt(y)
  }

  #countInMinimaps(group: number, x: number, y: number): void {
    const { minimaps, config, groups } = this.plan
    let base = 0
    for (const { width, height } of minimaps) {
      const column = Math.floor(x / Math.ceil(config.width / width))
      const row = Math.floor(y / Math.ceil(config.height / height))
      this.#state.minimaps[base + group * width * height + row * width + column]!++
      base += groups.length * width * height
    }
  }

  #drawBlank(width: number, height: number): [x: number, y: number] {
    const { config } = this.plan
    while (true) {
      const x = this.draw(config.width - width)
      const y = this.draw(config.height - height)
      if (this.isBlank(x, y, width, height)) return [x, y]
    }
  }

  /**
   * A phase over the agents of all lists, in rounds of some of each: lists that are in the order of the map
   * then pass over it together.
   */
  #overAgents(name: string, visit: (fromSlot: number, toSlot: number, group: number) => void): Phase {
    const { living } = this.#memory.agents
    const { slots } = this.#memory
    const size = () => {
      let total = 0
      for (let group = 0; group < slots.length; group++) total += living[group]!
      return total
    }
    return {
      name,
      kind: 'range',
      size,
      run: (from, to) => {
        const rounds = Math.max(1, Math.ceil(size() / ROUND_AGENTS))
        let before = 0
        for (let round = 0; round < rounds && before < to; round++) {
          for (let group = 0; group < slots.length; group++) {
            const start = Math.floor((living[group]! * round) / rounds)
            const count = Math.floor((living[group]! * (round + 1)) / rounds) - start
            const first = Math.max(from, before)
            const end = Math.min(to, before + count)
            const slot = slots[group]! + start - before
            if (first < end) visit(slot + first, slot + end, group)
            before += count
          }
        }
      },
    }
  }

  #rewards(): Phase {
    const rules = this.#rules
    if (rules.isLocal) {
      return this.#overAgents('rewards', (from, to, group) => rules.payRange(group, from, to))
    }
    const run = () => {
      if (rules.payAll()) this.#state.counters[Counter.over] = 1
    }
    return { name: 'rewards', kind: 'serial', run }
  }

  /** Moves in their order, one after the other. */
  #moveInTurn(): void {
    const { move, claim, attackers, movers } = this.#state
    const { living } = this.#memory.agents
    let count = 0
    for (const [group, first] of this.#memory.slots.entries()) {
      for (let slot = first; slot < first + living[group]!; slot++) {
        if (move[slot] === WANTS) movers[count++] = claim[slot]! * MOST_IN_TURN + slot
      }
    }
    movers.subarray(0, count).sort()
    for (let i = 0; i < count; i++) attackers[i] = movers[i]! % MOST_IN_TURN
    this.#kernel.moveInTurn(this.#at, attackers.byteOffset, count)
  }

  /** Takes the dead out of the lists. The order of the others is kept, or from time to time that of the map restored. */
  #clear(): void {
    const { deaths, acted, counters } = this.#state
    const { living, clock } = this.#memory.agents
    const keepsOrder = this.plan.config.order === 'magent'
    for (const [group, first] of this.#memory.slots.entries()) {
      acted[group] = living[group]!
      if (living[group] === deaths[group]) counters[Counter.over] = 1
      const end = first + living[group]!
      living[group] = keepsOrder
        ? this.#kernel.compact(this.#at, group, first, end)
        : this.#kernel.fillGaps(this.#at, group, first, end)
    }
    deaths.fill(0)
    if (clock[Clock.step]! % SORT_STEPS === SORT_STEPS - 1) this.#sort(false)
  }

  /** Neighbours on the map become neighbours in memory. Where order has a meaning it is left alone. */
  #sort(isStart: boolean): void {
    if (this.plan.config.order === 'magent') return
    const { living } = this.#memory.agents
    for (const [group, first] of this.#memory.slots.entries()) {
      this.#kernel.sortByTile(this.#at, group, first, first + living[group]!, isStart)
    }
  }
}
