// AssemblyScript: the attacks of a step, as if they were executed one at a time in the order of `TURN`.
//
// How an attack comes out depends on earlier ones on the same target and on the attacker alone. So
// `aim` lists the attackers of every target, `strike` decides each attack from those that it hangs
// on, wherever they stand, and `upkeep` applies to each agent what was done to it. An outcome is a
// pure function of the state before: two threads that decide the same attack write the same byte.

import { column, word } from '../../../runtime/core/assembly/table'
import * as W from '../words'
import { drawPair, placeOf } from './random'
import { cellAt, cellOf, codeOf, fillBody, fillBytes, groupAt, groupOf, number, originOf, takeOff } from './world'

const MINSTD_MULTIPLIER: u64 = 16807
const MINSTD_MODULUS: u64 = 2147483647
/** Calls one inside another; a longer chain of attacks is decided piece by piece. */
const DEEPEST = 200
/** Later than every turn. */
const END_OF_STEP = i32.MAX_VALUE

/** Where a chain that was too long broke off. */
let unfinished = -1

/** Lists the attackers in the order of the groups' lists, shuffles them as MAgent2 does, and numbers them. */
export function shuffle(world: usize): void {
  const action = column(world, W.ACTION)
  const attackers = column(world, W.ATTACKERS)
  const living = column(world, W.LIVING)
  const groups = word(world, W.GROUPS)
  let count = 0
  for (let group = 0; group < groups; group++) {
    const block = groupAt(world, group)
    const moves = word(block, W.MOVES)
    const first = word(block, W.FIRST_SLOT)
    if (word(block, W.PASSIVE) != 0) continue
    const end = first + load<i32>(living + (<usize>group << 2))
    for (let slot = first; slot < end; slot++) {
      if (<i32>load<u16>(action + (<usize>slot << 1)) >= moves) {
        store<i32>(attackers + (<usize>count << 2), slot)
        count++
      }
    }
  }
  const engine = column(world, W.ENGINE)
  let state: u64 = load<u32>(engine)
  for (let i = 0; i < count; i++) {
    state = (state * MINSTD_MULTIPLIER) % MINSTD_MODULUS
    const a = attackers + (<usize>i << 2)
    const b = attackers + (<usize>(<u32>state % (<u32>i + 1)) << 2)
    const item = load<i32>(a)
    store<i32>(a, load<i32>(b))
    store<i32>(b, item)
  }
  store<u32>(engine, <u32>state)
  const turn = column(world, W.TURN)
  for (let i = 0; i < count; i++) {
    store<i32>(turn + (<usize>load<i32>(attackers + (<usize>i << 2)) << 2), i)
  }
}

/** Finds the targets of the attackers in `[from, to)`, slots of one group, and lists them there. */
export function aim(world: usize, group: i32, from: i32, to: i32): void {
  const block = groupAt(world, group)
  const action = column(world, W.ACTION)
  const outcome = column(world, W.OUTCOME)
  if (word(block, W.PASSIVE) != 0) {
    fillBytes(outcome + <usize>from, <u8>W.IDLE, <usize>(to - from))
    return
  }
  const id = column(world, W.ID)
  const aimed = column(world, W.AIMED)
  const link = column(world, W.LINK)
  const struck = column(world, W.STRUCK)
  const turn = column(world, W.TURN)
  const occupant = column(world, W.OCCUPANT)
  const moves = word(block, W.MOVES)
  const cells = column(block, W.ACTION_CELLS)
  const inGroup = word(block, W.ATTACKS_IN_GROUP) != 0
  const isDrawn = word(world, W.DRAWN_ORDER) != 0
  const isShared = word(world, W.SHARED) != 0
  const codes = column(world, W.CODES)
  const levels = word(world, W.LEVELS)
  const ownCodes = W.FIRST_AGENT_CODE + group * levels
  const xs = column(world, W.X)
  const ys = column(world, W.Y)
  const stride = word(world, W.STRIDE)
  const origin = originOf(world)
  const keys = drawPair(world, W.ATTACK_ORDER_STREAM)
  for (let slot = from; slot < to; slot++) {
    const a = <i32>load<u16>(action + (<usize>slot << 1))
    if (a < moves) {
      store<u8>(outcome + <usize>slot, W.IDLE)
      continue
    }
    const cell = <usize>(cellAt(xs, ys, stride, origin, slot) + word(cells, a))
    // Most attacks aim at nobody, and the map of codes is a quarter of the other's size.
    const code = <i32>load<u8>(codes + cell)
    if (code < W.FIRST_AGENT_CODE || (!inGroup && code >= ownCodes && code < ownCodes + levels)) {
      store<u8>(outcome + <usize>slot, W.MISS)
      continue
    }
    const target = load<i32>(occupant + (cell << 2))
    const at = <usize>slot << 2
    if (isDrawn) store<i32>(turn + at, placeOf(load<u32>(id + at), keys))
    store<u8>(outcome + <usize>slot, W.OPEN)
    store<i32>(aimed + at, target)
    const list = struck + (<usize>target << 2)
    if (isShared) {
      store<i32>(link + at, atomic.xchg<i32>(list, slot))
    } else {
      store<i32>(link + at, load<i32>(list))
      store<i32>(list, slot)
    }
  }
}

/** Decides the attacks of the agents in `[from, to)`. */
export function strike(world: usize, from: i32, to: i32): void {
  const outcome = column(world, W.OUTCOME)
  for (let slot = from; slot < to; slot++) {
    while (load<u8>(outcome + <usize>slot) == W.OPEN) {
      unfinished = slot
      while (decide(world, unfinished, 0) == W.OPEN) {}
    }
  }
}

/** How the attack of an agent comes out; `OPEN` when that hangs on too many others. */
// @ts-ignore: decorator
@inline
function outcomeOf(world: usize, slot: i32, depth: i32): i32 {
  const known = <i32>load<u8>(column(world, W.OUTCOME) + <usize>slot)
  return known == W.OPEN ? decide(world, slot, depth + 1) : known
}

function decide(world: usize, slot: i32, depth: i32): i32 {
  if (depth > DEEPEST) {
    unfinished = slot
    return W.OPEN
  }
  const struck = column(world, W.STRUCK)
  const link = column(world, W.LINK)
  const turns = column(world, W.TURN)
  const outcome = column(world, W.OUTCOME) + <usize>slot
  const turn = load<i32>(turns + (<usize>slot << 2))
  for (let other = load<i32>(struck + (<usize>slot << 2)); other >= 0; other = load<i32>(link + (<usize>other << 2))) {
    if (load<i32>(turns + (<usize>other << 2)) > turn) continue
    const how = outcomeOf(world, other, depth)
    if (how == W.OPEN) return how
    if (how == W.KILLED) {
      store<u8>(outcome, W.LATE)
      return W.LATE
    }
  }
  const target = load<i32>(column(world, W.AIMED) + (<usize>slot << 2))
  const hp = suffer(world, target, turn, depth)
  if (unfinishedHp) return W.OPEN
  const how = isFelled ? W.MISS : hp - number(groupAt(world, groupOf(world, slot)), W.DAMAGE) < 0 ? W.KILLED : W.HIT
  store<u8>(outcome, <u8>how)
  return how
}

/** Of the last `suffer`: a blow killed; a blow could not be decided. */
let isFelled = false
let unfinishedHp = false

/**
 * The hp of an agent after all blows before `until`, and its own kill's supply among them, in their order.
 * Sets `isFelled` and `unfinishedHp`.
 */
function suffer(world: usize, slot: i32, until: i32, depth: i32): f32 {
  const struck = column(world, W.STRUCK)
  const link = column(world, W.LINK)
  const turns = column(world, W.TURN)
  const group = groupOf(world, slot)
  let hp = load<f32>(column(world, W.HP) + (<usize>slot << 2))
  const first = load<i32>(struck + (<usize>slot << 2))
  const own = <i32>load<u8>(column(world, W.OUTCOME) + <usize>slot)
  const supplies = word(world, W.SUPPLIES) != 0 && own != W.IDLE && own != W.MISS
  let before = -1
  while (true) {
    let next = -1
    let nextTurn = until
    for (let other = first; other >= 0; other = load<i32>(link + (<usize>other << 2))) {
      const turn = load<i32>(turns + (<usize>other << 2))
      if (turn <= before || turn >= nextTurn) continue
      next = other
      nextTurn = turn
    }
    if (supplies) {
      const turn = load<i32>(turns + (<usize>slot << 2))
      if (turn > before && turn < nextTurn) {
        next = slot
        nextTurn = turn
      }
    }
    if (next < 0) break
    before = nextTurn
    const how = outcomeOf(world, next, depth)
    if (how == W.OPEN) {
      unfinishedHp = true
      return hp
    }
    if (next == slot) {
      if (how == W.KILLED) hp = min(number(groupAt(world, group), W.MAX_HP), hp + supplyOf(world, slot))
    } else if (how == W.HIT || how == W.KILLED) {
      hp = hp - number(groupAt(world, groupOf(world, next)), W.DAMAGE)
      if (how == W.KILLED) {
        isFelled = true
        unfinishedHp = false
        return hp
      }
    }
  }
  isFelled = false
  unfinishedHp = false
  return hp
}

/** What the agent that another one attacks gives to its killer. */
// @ts-ignore: decorator
@inline
function supplyOf(world: usize, slot: i32): f32 {
  const victim = load<i32>(column(world, W.AIMED) + (<usize>slot << 2))
  return number(groupAt(world, groupOf(world, victim)), W.KILL_SUPPLY)
}

/** Rewards, wounds, recovery and deaths of the agents in `[from, to)`, slots of one group. */
export function upkeep(world: usize, group: i32, from: i32, to: i32): void {
  const block = groupAt(world, group)
  const outcome = column(world, W.OUTCOME)
  const pending = column(world, W.PENDING)
  const hps = column(world, W.HP)
  const struck = column(world, W.STRUCK)
  const aimed = column(world, W.AIMED)
  const dead = column(world, W.DEAD)
  const codes = column(world, W.CODES)
  const maxHp = number(block, W.MAX_HP)
  const recover = number(block, W.RECOVER)
  const penalty = number(block, W.ATTACK_PENALTY)
  const deadPenalty = number(block, W.DEAD_PENALTY)
  const ruleRewards = column(block, W.RULE_REWARDS)
  const supplies = word(world, W.SUPPLIES) != 0
  const levels = word(world, W.LEVELS)
  const stride = word(world, W.STRIDE)
  let fallen: i64 = 0
  for (let slot = from; slot < to; slot++) {
    const at = <usize>slot << 2
    const how = <i32>load<u8>(outcome + <usize>slot)
    const before = load<f32>(hps + at)
    const isStruck = load<i32>(struck + at) >= 0
    // Most agents are whole and idle.
    if (how == W.IDLE && !isStruck && before == maxHp && recover >= 0) continue
    let reward = load<f32>(pending + at)
    let victims = -1
    if (how >= W.MISS) {
      let gain: f32 = penalty
      if (how != W.MISS) victims = groupOf(world, load<i32>(aimed + at))
      if (how == W.KILLED) {
        gain = number(groupAt(world, victims), W.KILL_REWARD) + penalty
        atomic.add<i32>(column(world, W.KILLS) + ((<usize>group * word(world, W.GROUPS) + <usize>victims) << 2), 1)
      }
      reward = reward + gain
    }
    let hp = before
    isFelled = false
    if (isStruck) hp = suffer(world, slot, END_OF_STEP, 0)
    else if (supplies && how == W.KILLED) hp = min(maxHp, hp + supplyOf(world, slot))
    let isDead = isFelled
    if (!isDead) {
      hp = recover > 0 ? min(maxHp, hp + recover) : hp + recover
      isDead = hp < 0
    }
    if (isDead) {
      reward = deadPenalty
      fallen++
    }
    if (victims >= 0) {
      const paid = load<f32>(ruleRewards + (<usize>victims << 3) + (how == W.KILLED ? 4 : 0))
      if (paid != 0) reward = reward + paid
    }
    store<f32>(pending + at, reward)
    if (isDead) {
      store<f32>(hps + at, hp)
      takeOff(world, group, slot, W.FALLEN)
    } else if (hp != before) {
      store<f32>(hps + at, hp)
      const code = <u8>codeOf(group, hp, maxHp, levels)
      fillBody<u8>(codes, cellOf(world, slot), block, stride, code)
    }
  }
  if (fallen != 0) atomic.add<i32>(column(world, W.DEATHS) + (<usize>group << 2), <i32>fallen)
}
