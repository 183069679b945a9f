import type { Column } from '../../runtime/core/memory/layout.ts'
import { MINIMAP_SIZE, VIEW_RADIUS } from './rules.ts'

export interface BattleSize {
  /** Cells, the ring of walls included. */
  readonly width: number
  readonly height: number
  /** Slots of each of the two armies. */
  readonly capacity: number
}

/** N = 2 · capacity slots, red first. */
export interface BattleColumns {
  readonly [name: string]: Column
  readonly x: Column<'u16'>
  readonly y: Column<'u16'>
  readonly hp: Column<'f32'>
  /** [N] reward gathered since `renew`. */
  readonly pending: Column<'f32'>
  /** [N] reward of the previous step, as observed. */
  readonly lastReward: Column<'f32'>
  /** [N] `NO_ACTION` before the first. */
  readonly lastAction: Column<'u8'>
  /** [N] what the agent did in this step: an `Op`. */
  readonly op: Column<'u8'>
  /** [N] 1 for an agent killed in this step: it stays in the list until `clear`. */
  readonly dead: Column<'u8'>
  /** [height, width] slot, `BLANK` or `WALL`. */
  readonly occupant: Column<'i32'>
  /** [height + 12, width + 12] the map as observed, one byte a cell, with a margin of one view radius. */
  readonly codes: Column<'u8'>
  /** [1] state of the engine's generator. */
  readonly engine: Column<'u32'>
  /** [4] agents placed so far, agents killed this step, enemies killed by red, by blue. */
  readonly counters: Column<'i32'>
  /** [2, 2] sum of x, sum of y of each army's living agents. */
  readonly centre: Column<'f64'>
  /** [N] attackers in order of execution. */
  readonly attackers: Column<'i32'>
  /** [N] movers of the large-map rule by strip. */
  readonly movers: Column<'i32'>
  /** [2, 169] agents of each army in each cell of the minimap. */
  readonly minimap: Column<'i32'>
}

export const Counter = { placed: 0, killed: 1, redKills: 2, blueKills: 3 } as const

export const BLANK = -1
export const WALL = -2
export const NO_ACTION = 255

export const Op = { none: 0, attack: 1, kill: 2 } as const

export function battleColumns({ width, height, capacity }: BattleSize): BattleColumns {
  const slots = 2 * capacity
  const margin = 2 * VIEW_RADIUS
  return {
    x: { dtype: 'u16', shape: [slots] },
    y: { dtype: 'u16', shape: [slots] },
    hp: { dtype: 'f32', shape: [slots] },
    pending: { dtype: 'f32', shape: [slots] },
    lastReward: { dtype: 'f32', shape: [slots] },
    lastAction: { dtype: 'u8', shape: [slots] },
    op: { dtype: 'u8', shape: [slots] },
    dead: { dtype: 'u8', shape: [slots] },
    occupant: { dtype: 'i32', shape: [height, width] },
    codes: { dtype: 'u8', shape: [height + margin, width + margin] },
    engine: { dtype: 'u32', shape: [1] },
    counters: { dtype: 'i32', shape: [4] },
    centre: { dtype: 'f64', shape: [2, 2] },
    attackers: { dtype: 'i32', shape: [slots] },
    movers: { dtype: 'i32', shape: [slots] },
    minimap: { dtype: 'i32', shape: [2, MINIMAP_SIZE * MINIMAP_SIZE] },
  }
}

/** Columns whose content between steps means nothing. */
export const SCRATCH_COLUMNS = ['attackers', 'movers', 'minimap'] as const

/** Byte of a cell as red's map has it: 0 blank, 1 wall, else army and hp in tenths. */
export const WALL_CODE = 1
const ARMY_BIT = 0x80
const HP_BASE = 2
const HP_STEPS = 100

export function agentCode(army: number, hp: number): number {
  return (army === 0 ? 0 : ARMY_BIT) | (HP_BASE + Math.round(hp * 10))
}

/** A cell's byte as an agent of `army` sees it: its own army is always the low half. */
export function relativeCode(code: number, army: number): number {
  return army === 1 && code > WALL_CODE ? code ^ ARMY_BIT : code
}

/** Inverse of `agentCode` for the observer: 0 own army, 1 the other; hp in float32 as a share of the full 10. */
export function codeMeaning(code: number): { readonly army: number; readonly hp: number } | undefined {
  const tenths = (code & ~ARMY_BIT) - HP_BASE
  if (tenths < 0 || tenths > HP_STEPS) return undefined
  return { army: code & ARMY_BIT ? 1 : 0, hp: Math.fround(Math.fround(tenths / 10) / 10) }
}
