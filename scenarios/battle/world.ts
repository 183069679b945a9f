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
import {
  agentCode,
  type BattleColumns,
  type BattleSize,
  BLANK,
  Counter,
  NO_ACTION,
  Op,
  SCRATCH_COLUMNS,
  WALL,
  WALL_CODE,
} from './layout.ts'
import { bindNearestEnemy } from './nearest-enemy.ts'
import { bindObservation, type Observation } from './observation.ts'
import type { Cell } from './placement.ts'
import {
  ACTION_DX,
  ACTION_DY,
  ATTACK_PENALTY,
  DAMAGE,
  DEAD_PENALTY,
  HIT_REWARD,
  HUGE_MAP_CELLS,
  KILL_REWARD,
  LARGE_MAP_CELLS,
  MAX_HP,
  MOVE_COUNT,
  RECOVER,
  STAY,
  STEP_REWARD,
  STRIP_BORDER,
  VIEW_RADIUS,
} from './rules.ts'

const f = Math.fround
const ARMIES = 2

export interface BattleOptions extends BattleSize {
  readonly minimap: boolean
}

/**
 * MAgent2's `battle`, step by step as its engine resolves it.
 *
 * A step is the phases `attack`, `upkeep`, `move`, `settle`, `clear`, `renew`; up to `settle` the
 * dead of the step are still in the lists.
 */
export class BattleWorld implements World {
  readonly phases: readonly Phase[]
  readonly policies: Readonly<Record<string, ScriptedPolicy>>
  readonly scratch: readonly string[] = SCRATCH_COLUMNS
  readonly observation: Observation
  readonly #options: BattleOptions
  readonly #memory: WorldMemory<BattleColumns>
  readonly #state: Views<BattleColumns>
  readonly #armies: () => readonly [readonly Cell[], readonly Cell[]]

  /** @param armies initial cells of red and blue, asked for at each reset */
  constructor(
    options: BattleOptions,
    memory: WorldMemory<BattleColumns>,
    armies: () => readonly [readonly Cell[], readonly Cell[]],
  ) {
    this.#options = options
    this.#memory = memory
    this.#state = memory.state
    this.#armies = armies
    this.observation = bindObservation(options, memory)
    this.policies = { 'nearest-enemy': bindNearestEnemy(options, memory) }
    this.phases = [
      { name: 'attack', kind: 'serial', run: () => this.#attack() },
      this.#overAgents('upkeep', (from, to, army) => this.#upkeep(from, to, army)),
      { name: 'move', kind: 'serial', run: () => this.#move() },
      this.#overAgents('settle', (from, to) => this.#settle(from, to)),
      { name: 'clear', kind: 'serial', run: () => this.#clear() },
      this.#overAgents('renew', (from, to) => this.#renew(from, to)),
    ]
  }

  reset(): void {
    const { random } = this.#memory
    random.draw(Stream.engineSeed, 0, 0)
    this.clearMap(seedEngine(random.words[0]!))
    const armies = this.#armies()
    for (let army = 0; army < ARMIES; army++) {
      for (const [x, y] of armies[army]!) this.place(army, x, y)
    }
  }

  /** An empty map with its ring of walls. @param engine state of the engine's generator */
  clearMap(engine: number): void {
    const { width, height } = this.#options
    const { occupant, codes, counters, centre, living, dead, op } = { ...this.#state, ...this.#memory.agents }
    occupant.fill(BLANK)
    codes.fill(0)
    counters.fill(0)
    centre.fill(0)
    living.fill(0)
    dead.fill(0)
    op.fill(Op.none)
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

  setWall(x: number, y: number): void {
    this.#state.occupant[y * this.#options.width + x] = WALL
    this.#state.codes[this.#codeIndex(x, y)] = WALL_CODE
  }

  /** Puts a new agent with full hp at the end of an army's list. The cell must be blank. */
  place(army: number, x: number, y: number): void {
    const { hp, pending, lastReward, lastAction, counters, centre, ...state } = this.#state
    const { living, id } = this.#memory.agents
    const slot = this.#memory.slots[army]! + living[army]!
    living[army]!++
    id[slot] = counters[Counter.placed]!
    counters[Counter.placed]!++
    state.x[slot] = x
    state.y[slot] = y
    centre[army * 2]! += x
    centre[army * 2 + 1]! += y
    hp[slot] = MAX_HP
    pending[slot] = STEP_REWARD
    lastReward[slot] = 0
    lastAction[slot] = NO_ACTION
    state.occupant[y * this.#options.width + x] = slot
    state.codes[this.#codeIndex(x, y)] = agentCode(army, MAX_HP)
  }

  setHp(slot: number, hp: number): void {
    const { x, y, codes } = this.#state
    this.#state.hp[slot] = hp
    codes[this.#codeIndex(x[slot]!, y[slot]!)] = agentCode(this.#armyOf(slot), hp)
  }

  observe(group: number, from: number, to: number, at: number): void {
    this.observation.pack(group, from, to, at)
  }

  observeShared(group: number, at: number): void {
    if (this.#options.minimap) this.observation.packMinimap(group, at)
  }

  ended(): boolean {
    const { living } = this.#memory.agents
    return living[0] === 0 || living[1] === 0
  }

  score(group: number): number {
    return this.#memory.agents.living[group]!
  }

  metrics(): Readonly<Record<string, number>> {
    const { living, clock } = this.#memory.agents
    const { counters } = this.#state
    return {
      redAlive: living[0]!,
      blueAlive: living[1]!,
      redKills: counters[Counter.redKills]!,
      blueKills: counters[Counter.blueKills]!,
      episodeSteps: clock[Clock.step]!,
    }
  }

  groupMetrics(group: number): Readonly<Record<string, number>> {
    const { counters } = this.#state
    return {
      kills: counters[group === 0 ? Counter.redKills : Counter.blueKills]!,
      survivors: this.#memory.agents.living[group]!,
    }
  }

  #armyOf(slot: number): number {
    return slot < this.#options.capacity ? 0 : 1
  }

  #codeIndex(x: number, y: number): number {
    return (y + VIEW_RADIUS) * (this.#options.width + 2 * VIEW_RADIUS) + x + VIEW_RADIUS
  }

  /** A phase over the agents of both lists, one behind the other. */
  #overAgents(name: string, visit: (fromSlot: number, toSlot: number, army: number) => void): Phase {
    const { living } = this.#memory.agents
    const { slots } = this.#memory
    return {
      name,
      kind: 'range',
      size: () => living[0]! + living[1]!,
      run: (from, to) => {
        const red = living[0]!
        if (from < red) visit(slots[0]! + from, slots[0]! + Math.min(to, red), 0)
        if (to > red) visit(slots[1]! + Math.max(from, red) - red, slots[1]! + to - red, 1)
      },
    }
  }

  #attack(): void {
    const { attackers } = this.#state
    const count = this.#listAttackers(attackers)
    this.#shuffle(attackers, count)
    for (let i = 0; i < count; i++) this.#strike(attackers[i]!)
  }

  /** Attackers in the order in which the actions were set: red's list, then blue's. */
  #listAttackers(attackers: Int32Array): number {
    const { action, living } = this.#memory.agents
    let count = 0
    for (let army = 0; army < ARMIES; army++) {
      const first = this.#memory.slots[army]!
      for (let slot = first; slot < first + living[army]!; slot++) {
        if (action[slot]! >= MOVE_COUNT) attackers[count++] = slot
      }
    }
    return count
  }

  #shuffle(items: Int32Array, count: number): void {
    let engine = this.#state.engine[0]!
    for (let i = 0; i < count; i++) {
      engine = nextEngine(engine)
      const j = engine % (i + 1)
      const item = items[i]!
      items[i] = items[j]!
      items[j] = item
    }
    this.#state.engine[0] = engine
  }

  /** One attack on whoever stands in the target cell now; a dead attacker does nothing. */
  #strike(attacker: number): void {
    const { x, y, hp, pending, op, dead, occupant } = this.#state
    if (dead[attacker] === 1) return
    const action = this.#memory.agents.action[attacker]!
    const targetX = x[attacker]! + ACTION_DX[action]!
    const targetY = y[attacker]! + ACTION_DY[action]!
    // An attacker stands inside the ring of walls, so the neighbour is on the map.
    const target = occupant[targetY * this.#options.width + targetX]!
    if (target < 0 || this.#armyOf(target) === this.#armyOf(attacker)) {
      pending[attacker] = f(pending[attacker]! + ATTACK_PENALTY)
      return
    }
    hp[target] = f(hp[target]! - DAMAGE)
    // Exactly 0 is alive.
    if (hp[target]! >= 0) {
      op[attacker] = Op.attack
      pending[attacker] = f(pending[attacker]! + ATTACK_PENALTY)
      return
    }
    op[attacker] = Op.kill
    pending[attacker] = f(pending[attacker]! + KILL_REWARD)
    this.#kill(target)
  }

  #kill(slot: number): void {
    const { x, y, pending, dead, occupant, codes, counters, centre } = this.#state
    const army = this.#armyOf(slot)
    dead[slot] = 1
    pending[slot] = DEAD_PENALTY
    occupant[y[slot]! * this.#options.width + x[slot]!] = BLANK
    codes[this.#codeIndex(x[slot]!, y[slot]!)] = 0
    centre[army * 2]! -= x[slot]!
    centre[army * 2 + 1]! -= y[slot]!
    counters[Counter.killed]!++
    counters[army === 0 ? Counter.blueKills : Counter.redKills]!++
  }

  /** Recovery, and the event rule that pays for a hit: also those who died after landing it. */
  #upkeep(from: number, to: number, army: number): void {
    const { x, y, hp, pending, op, dead, codes } = this.#state
    for (let slot = from; slot < to; slot++) {
      if (op[slot] === Op.attack) pending[slot] = f(pending[slot]! + HIT_REWARD)
      if (hp[slot] === MAX_HP || dead[slot] === 1) continue
      hp[slot] = Math.min(MAX_HP, f(hp[slot]! + RECOVER))
      codes[this.#codeIndex(x[slot]!, y[slot]!)] = agentCode(army, hp[slot]!)
    }
  }

  #move(): void {
    const { width, height } = this.#options
    if (width * height > LARGE_MAP_CELLS) this.#moveByStrips()
    else this.#moveInOrder()
  }

  #moveInOrder(): void {
    const { living } = this.#memory.agents
    for (let army = 0; army < ARMIES; army++) {
      const first = this.#memory.slots[army]!
      for (let slot = first; slot < first + living[army]!; slot++) this.#walk(slot)
    }
  }

  /** Large maps: who stands inside a strip moves first, who stands near a border after all others. */
  #moveByStrips(): void {
    const { width, height } = this.#options
    const { living } = this.#memory.agents
    const { x, movers } = this.#state
    const strips = width * height > HUGE_MAP_CELLS ? 16 : 8
    const stripWidth = Math.ceil(width / strips)
    let waiting = 0
    for (let army = 0; army < ARMIES; army++) {
      const first = this.#memory.slots[army]!
      for (let slot = first; slot < first + living[army]!; slot++) {
        const column = x[slot]! % stripWidth
        // Strips do not interact, so the order among different strips may be the list's.
        if (column < STRIP_BORDER || column > stripWidth - STRIP_BORDER) movers[waiting++] = slot
        else this.#walk(slot)
      }
    }
    for (let i = 0; i < waiting; i++) this.#walk(movers[i]!)
  }

  #walk(slot: number): void {
    const { x, y, dead, occupant, codes, centre } = this.#state
    const action = this.#memory.agents.action[slot]!
    if (action >= MOVE_COUNT || action === STAY || dead[slot] === 1) return
    const { width, height } = this.#options
    const fromX = x[slot]!
    const fromY = y[slot]!
    const toX = fromX + ACTION_DX[action]!
    const toY = fromY + ACTION_DY[action]!
    if (toX < 0 || toX >= width - 1 || toY < 0 || toY >= height - 1) return
    const destination = toY * width + toX
    if (occupant[destination] !== BLANK) return
    occupant[fromY * width + fromX] = BLANK
    occupant[destination] = slot
    const code = this.#codeIndex(fromX, fromY)
    codes[this.#codeIndex(toX, toY)] = codes[code]!
    codes[code] = 0
    x[slot] = toX
    y[slot] = toY
    const army = this.#armyOf(slot)
    centre[army * 2]! += toX - fromX
    centre[army * 2 + 1]! += toY - fromY
  }

  #settle(from: number, to: number): void {
    const { pending, lastAction, dead } = this.#state
    const { action, reward, next } = this.#memory.agents
    for (let slot = from; slot < to; slot++) {
      reward[slot] = pending[slot]!
      lastAction[slot] = action[slot]!
      next[slot] = dead[slot] === 1 ? -1 : slot
    }
  }

  /** Takes the dead out of the lists; the others keep their order. */
  #clear(): void {
    const { counters, dead } = this.#state
    if (counters[Counter.killed] === 0) return
    counters[Counter.killed] = 0
    const { living } = this.#memory.agents
    for (let army = 0; army < ARMIES; army++) {
      const first = this.#memory.slots[army]!
      const end = first + living[army]!
      let free = dead.indexOf(1, first)
      if (free < 0 || free >= end) continue
      for (let slot = free; slot < end; slot++) {
        if (dead[slot] === 1) dead[slot] = 0
        else this.#moveRow(slot, free++)
      }
      living[army] = free - first
    }
  }

  #moveRow(from: number, to: number): void {
    const { x, y, hp, pending, lastReward, lastAction, op, occupant } = this.#state
    const { id, next } = this.#memory.agents
    x[to] = x[from]!
    y[to] = y[from]!
    hp[to] = hp[from]!
    pending[to] = pending[from]!
    lastReward[to] = lastReward[from]!
    lastAction[to] = lastAction[from]!
    op[to] = op[from]!
    id[to] = id[from]!
    occupant[y[to]! * this.#options.width + x[to]!] = to
    next[from] = to
  }

  #renew(from: number, to: number): void {
    const { pending, lastReward, op } = this.#state
    for (let slot = from; slot < to; slot++) {
      lastReward[slot] = pending[slot]!
      pending[slot] = STEP_REWARD
      op[slot] = Op.none
    }
  }
}
