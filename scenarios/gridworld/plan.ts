import { RuntimeError } from '../../runtime/core/errors.ts'
import type { Column, Views } from '../../runtime/core/memory/layout.ts'
import type { AgentColumns, GroupSpec } from '../../runtime/core/scenario.ts'
import { checkConfig, type GridWorldConfig, LARGE_MAP_CELLS } from './config.ts'
import { describeView, type GroupView, levelsFor } from './observation.ts'
import { attackRange, moveRange, type Offset, spansOf } from './ranges.ts'
import { paysByTable, tableOf } from './rules.ts'
import * as W from './words.ts'

/** Above this many cells moves go by more strips. */
const HUGE_MAP_CELLS = 1_000_000
/** A kernel loads this many cells of a row at once. */
const SPAN_CELLS = 16
/** Agents are kept in the order of tiles of this many cells, as powers of 2. */
const TILE_WIDTH_SHIFT = 4
const TILE_HEIGHT_SHIFT = 4
/** Movers are sorted by one number of rank and slot, 30 and 23 bits. */
export const MOST_IN_TURN = 2 ** 23

/** Columns of a grid world; N slots, G groups. Cells of the padded maps are [height + 2 · margin, width + 2 · margin]. */
export interface GridColumns {
  readonly [name: string]: Column
  readonly x: Column<'u16'>
  readonly y: Column<'u16'>
  readonly hp: Column<'f32'>
  /** [N] reward gathered in this step. */
  readonly pending: Column<'f32'>
  /** [N] reward of the previous step, as observed. */
  readonly lastReward: Column<'f32'>
  /** [N] `NEVER_ACTED` before the first. */
  readonly lastAction: Column<'u8'>
  /** [N] an agent that died or left in this step stays in the list until it is cleared. */
  readonly dead: Column<'u8'>
  /** [N] 1 for an agent that has taken another one in. */
  readonly absorbed: Column<'u8'>
  /** Cells: slot, `BLANK`, `WALL` or `OUTSIDE`. */
  readonly occupant: Column<'i32'>
  /** Cells as observed, one byte each. */
  readonly codes: Column<'u8'>
  /** [1] state of MAgent2's generator. */
  readonly engine: Column<'u32'>
  /** [2] agents placed so far, 1 once the episode is over. */
  readonly counters: Column<'i32'>
  /** [G, G] kills of each group, by the victims' group. */
  readonly kills: Column<'i32'>
  /** [G, 2] sum of x, sum of y of each group's agents, 64 bits each. */
  readonly centre: Column<'i32'>
  /** Agents of each group in each cell of each geometry of minimaps. */
  readonly minimaps: Column<'i32'>
  /** [N] first attacker of an agent in this step; `NO_AGENT` between steps. */
  readonly struck: Column<'i32'>
  /** [N] place in the order of moves of who first wants to follow an agent; `NO_CLAIM` between steps. */
  readonly claim: Column<'i32'>
  /** [G] agents that died in this step. */
  readonly deaths: Column<'i32'>
  /** Scratch from here on. [N] how the attack came out. */
  readonly outcome: Column<'u8'>
  /** [N] how the move came out. */
  readonly move: Column<'u8'>
  /** [N] whom the agent attacks or ran into. */
  readonly aimed: Column<'i32'>
  /** [N] the next attacker of the same agent. */
  readonly link: Column<'i32'>
  /** [N] place in the order of attacks, or of moves: an agent does one of them. */
  readonly turn: Column<'i32'>
  /** [N] attackers in order of execution, or movers; empty where none has to be listed. */
  readonly attackers: Column<'i32'>
  /** [N] ranks and slots of movers, to be sorted; empty where moves are not made in turn. */
  readonly movers: Column<'f64'>
  /** [G] agents that were in the list in this step. */
  readonly acted: Column<'i32'>
  readonly tileStarts: Column<'i32'>
  /** What kernels read; see words.ts. */
  readonly tables: Column<'i32'>
}

/** Columns whose content between steps means nothing, or follows from the options. */
export const SCRATCH_COLUMNS: readonly string[] = [
  'outcome',
  'move',
  'aimed',
  'link',
  'turn',
  'attackers',
  'movers',
  'acted',
  'tileStarts',
  'tables',
]

interface GroupPlan extends GroupView {
  readonly moves: readonly Offset[]
  /** The move that goes nowhere, as an index. */
  readonly stay: number
  readonly attacks: readonly Offset[]
  /** Which of the geometries its minimap has. */
  readonly minimap: number
}

/** The size of a minimap, in cells, that shows the whole map. */
interface MinimapPlan {
  readonly width: number
  readonly height: number
}

/** A grid world as it follows from its configuration: all that is the same for every world of it. */
export interface GridPlan {
  readonly config: GridWorldConfig
  readonly groups: readonly GroupPlan[]
  readonly minimaps: readonly MinimapPlan[]
  readonly margin: number
  readonly stride: number
  readonly levels: number
  /**
   * Moves are made one after the other: a larger body can be in the way of several, and who waits for an
   * agent that moves and takes others in can't tell which of the two it will do. All others move side by side.
   */
  readonly movesInTurn: boolean
  readonly columns: GridColumns
  readonly specs: readonly GroupSpec[]
}

/** @throws ERR_SCENARIO_INVALID */
export function planGrid(config: GridWorldConfig): GridPlan {
  checkConfig(config)
  const minimaps: MinimapPlan[] = []
  const groups = config.groups.map(({ type }, group): GroupPlan => {
    const moves = moveRange(type.speed)
    const attacks = attackRange(type.attackRadius, type.width, type.height)
    const seen = describeView(config, group, moves.length + attacks.length)
    const { width, height } = seen.view
    let minimap = minimaps.findIndex((known) => known.width === width && known.height === height)
    if (minimap < 0) minimap = minimaps.push({ width, height }) - 1
    const stay = moves.findIndex(({ dx, dy }) => dx === 0 && dy === 0)
    return { ...seen, moves, stay, attacks, minimap }
  })
  const margin = Math.max(
    ...groups.flatMap(({ view, moves, attacks }, group) => {
      const { width, height } = config.groups[group]!.type
      const reach = [...moves, ...attacks, ...view.cells].flatMap(({ dx, dy }) => [
        Math.abs(dx),
        Math.abs(dy),
      ])
      return Math.max(...reach) + Math.max(width, height)
    }),
  )
  const slots = config.groups.reduce((sum, { capacity }) => sum + capacity, 0)
  const movesInTurn = config.groups.some(
    ({ type, passive }, group) =>
      type.width > 1 ||
      type.height > 1 ||
      (type.canAbsorb && passive !== true && groups[group]!.moves.length > 1),
  )
  if (movesInTurn && slots > MOST_IN_TURN) {
    throw new RuntimeError(
      'ERR_SCENARIO_INVALID',
      `grid world.groups: expected at most ${MOST_IN_TURN} agents in all where bodies have several cells ` +
        `or agents that move take others in, got ${slots}`,
      { details: { field: 'groups', got: slots } },
    )
  }
  const tables = countTables(config, groups, minimaps)
  return {
    config,
    groups,
    minimaps: config.minimap ? minimaps : [],
    margin,
    stride: config.width + 2 * margin,
    levels: levelsFor(config.groups.length),
    movesInTurn,
    columns: gridColumns(config, slots, margin, movesInTurn, config.minimap ? minimaps : [], tables),
    specs: groups.map(({ actions, space }, group) => {
      const { name, capacity, passive, team } = config.groups[group]!
      return {
        name,
        capacity,
        actions,
        observation: space,
        ...(passive && { passive }),
        ...(team !== undefined && { team }),
      }
    }),
  }
}

function gridColumns(
  { width, height, groups, order }: GridWorldConfig,
  slots: number,
  margin: number,
  movesInTurn: boolean,
  minimaps: readonly MinimapPlan[],
  tables: number,
): GridColumns {
  const [rows, columns] = [height + 2 * margin, width + 2 * margin]
  const minimapCells = minimaps.reduce((sum, size) => sum + size.width * size.height, 0)
  return {
    x: { dtype: 'u16', shape: [slots] },
    y: { dtype: 'u16', shape: [slots] },
    hp: { dtype: 'f32', shape: [slots] },
    pending: { dtype: 'f32', shape: [slots] },
    lastReward: { dtype: 'f32', shape: [slots] },
    lastAction: { dtype: 'u8', shape: [slots] },
    dead: { dtype: 'u8', shape: [slots] },
    absorbed: { dtype: 'u8', shape: [slots] },
    occupant: { dtype: 'i32', shape: [rows, columns] },
    codes: { dtype: 'u8', shape: [rows, columns] },
    engine: { dtype: 'u32', shape: [1] },
    counters: { dtype: 'i32', shape: [2] },
    kills: { dtype: 'i32', shape: [groups.length, groups.length] },
    centre: { dtype: 'i32', shape: [groups.length, 4] },
    minimaps: { dtype: 'i32', shape: [groups.length * minimapCells] },
    outcome: { dtype: 'u8', shape: [slots] },
    move: { dtype: 'u8', shape: [slots] },
    aimed: { dtype: 'i32', shape: [slots] },
    struck: { dtype: 'i32', shape: [slots] },
    link: { dtype: 'i32', shape: [slots] },
    turn: { dtype: 'i32', shape: [slots] },
    claim: { dtype: 'i32', shape: [slots] },
    attackers: { dtype: 'i32', shape: [order === 'magent' || movesInTurn ? slots : 0] },
    movers: { dtype: 'f64', shape: [movesInTurn ? slots : 0] },
    deaths: { dtype: 'i32', shape: [groups.length] },
    acted: { dtype: 'i32', shape: [groups.length] },
    tileStarts: {
      dtype: 'i32',
      shape: [
        order === 'magent' ? 0 : tilesAlong(width, TILE_WIDTH_SHIFT) * tilesAlong(height, TILE_HEIGHT_SHIFT),
      ],
    },
    tables: { dtype: 'i32', shape: [tables] },
  }
}

function tilesAlong(cells: number, shift: number): number {
  return (cells >> shift) + 1
}

/** Words of the tables of a world. */
function countTables(
  config: GridWorldConfig,
  groups: readonly GroupPlan[],
  minimaps: readonly MinimapPlan[],
): number {
  const ofGroups = groups.reduce((sum, { moves, view, actions }) => {
    const cells = view.cells.length
    const spans = spansOf(view, SPAN_CELLS).length
    return (
      sum +
      actions +
      Math.ceil(moves.length / 2) +
      2 * groups.length +
      4 * spans +
      Math.ceil(cells / 2) +
      cells
    )
  }, 0)
  const ofMinimaps = minimaps.length * (1 + config.width + config.height)
  return W.WORLD_WORDS + W.GROUP_WORDS * groups.length + ofGroups + Math.ceil(ofMinimaps / 2)
}

/** Writes the tables of a world: sizes, rules and where its columns lie. */
export function writeTables(
  plan: GridPlan,
  state: Views<GridColumns>,
  agents: Views<AgentColumns>,
  slots: readonly number[],
  isShared: boolean,
): void {
  const { config, margin, stride } = plan
  const { tables } = state
  const floats = new Float32Array(tables.buffer, tables.byteOffset, tables.length)
  let free = W.WORLD_WORDS + W.GROUP_WORDS * plan.groups.length
  /** Takes room for a table; returns where it starts, in words. */
  const take = (words: number): number => {
    free += words
    return free - words
  }
  const address = (word: number): number => tables.byteOffset + word * 4
  const cellOffset = ({ dx, dy }: Offset): number => dy * stride + dx

  tables[W.WIDTH] = config.width
  tables[W.HEIGHT] = config.height
  tables[W.STRIDE] = stride
  tables[W.MARGIN] = margin
  tables[W.GROUPS] = plan.groups.length
  tables[W.DRAWN_ORDER] = config.order === 'manyfold' ? 1 : 0
  tables[W.STRIP_WIDTH] = stripWidth(config)
  // A kill without supply still brings the killer down to its maximum, from twice of it for who took somebody in.
  const supplies = config.groups.some(({ type }) => type.killSupply !== 0 || type.canAbsorb)
  tables[W.SUPPLIES] = supplies ? 1 : 0
  tables[W.LEVELS] = plan.levels
  tables[W.TILE_WIDTH_SHIFT] = TILE_WIDTH_SHIFT
  tables[W.TILE_HEIGHT_SHIFT] = TILE_HEIGHT_SHIFT
  tables[W.TILES_ACROSS] = tilesAlong(config.width, TILE_WIDTH_SHIFT)
  tables[W.TILES] = state.tileStarts.length
  tables[W.MINIMAPS] = plan.minimaps.length
  tables[W.SHARED] = isShared ? 1 : 0
  const columns = {
    [W.ID]: agents.id,
    [W.ACTION]: agents.action,
    [W.REWARD]: agents.reward,
    [W.NEXT]: agents.next,
    [W.LIVING]: agents.living,
    [W.KEY]: agents.key,
    [W.CLOCK]: agents.clock,
    [W.X]: state.x,
    [W.Y]: state.y,
    [W.HP]: state.hp,
    [W.PENDING]: state.pending,
    [W.LAST_REWARD]: state.lastReward,
    [W.LAST_ACTION]: state.lastAction,
    [W.DEAD]: state.dead,
    [W.ABSORBED]: state.absorbed,
    [W.OUTCOME]: state.outcome,
    [W.AIMED]: state.aimed,
    [W.LINK]: state.link,
    [W.STRUCK]: state.struck,
    [W.TURN]: state.turn,
    [W.CLAIM]: state.claim,
    [W.MOVE]: state.move,
    [W.OCCUPANT]: state.occupant,
    [W.CODES]: state.codes,
    [W.ENGINE]: state.engine,
    [W.ATTACKERS]: state.attackers,
    [W.DEATHS]: state.deaths,
    [W.KILLS]: state.kills,
    [W.CENTRE]: state.centre,
    [W.MINIMAP_COUNTS]: state.minimaps,
    [W.TILE_STARTS]: state.tileStarts,
    [W.ACTED]: state.acted,
  }
  for (const [word, view] of Object.entries(columns)) tables[Number(word)] = view.byteOffset

  for (const [group, { moves, stay, attacks, view, actions, space, minimap }] of plan.groups.entries()) {
    const { type, passive } = config.groups[group]!
    const block = W.WORLD_WORDS + W.GROUP_WORDS * group
    const set = (word: number, value: number): void => {
      tables[block + word] = value
    }
    const setNumber = (word: number, value: number): void => {
      floats[block + word] = value
    }
    set(W.FIRST_SLOT, slots[group]!)
    set(W.MOVES, moves.length)
    set(W.ACTIONS, actions)
    set(W.STAY, stay)
    set(W.ATTACKS_IN_GROUP, type.attackInGroup ? 1 : 0)
    set(W.CAN_ABSORB, type.canAbsorb ? 1 : 0)
    set(W.PASSIVE, passive ? 1 : 0)
    set(W.BODY_WIDTH, type.width)
    set(W.BODY_HEIGHT, type.height)
    setNumber(W.MAX_HP, type.hp)
    setNumber(W.DAMAGE, type.damage)
    setNumber(W.RECOVER, type.stepRecover)
    setNumber(W.KILL_SUPPLY, type.killSupply)
    setNumber(W.STEP_REWARD, type.stepReward)
    setNumber(W.KILL_REWARD, type.killReward)
    setNumber(W.DEAD_PENALTY, type.deadPenalty)
    setNumber(W.ATTACK_PENALTY, type.attackPenalty)

    const cellsAt = take(actions)
    tables.set([...moves, ...attacks].map(cellOffset), cellsAt)
    set(W.ACTION_CELLS, address(cellsAt))
    const stepsAt = take(Math.ceil(moves.length / 2))
    new Int8Array(tables.buffer, address(stepsAt), 2 * moves.length).set(
      moves.flatMap(({ dx, dy }) => [dx, dy]),
    )
    set(W.ACTION_STEPS, address(stepsAt))
    const rewardsAt = take(2 * plan.groups.length)
    floats.set(paysByTable(config.rules) ? tableOf(config.rules, group, plan.groups.length) : [], rewardsAt)
    set(W.RULE_REWARDS, address(rewardsAt))

    const spans = spansOf(view, SPAN_CELLS)
    const spansAt = take(4 * spans.length)
    let cell = 0
    for (const [i, { first, length }] of spans.entries()) {
      tables.set([cellOffset(first), cell, length, 0], spansAt + 4 * i)
      cell += length
    }
    set(W.VIEW_SPANS, spans.length)
    set(W.VIEW_SPAN_TABLE, address(spansAt))
    set(W.VIEW_CELLS, view.cells.length)
    const placesAt = take(Math.ceil(view.cells.length / 2))
    new Uint16Array(tables.buffer, address(placesAt), view.cells.length).set(
      view.cells.map(({ dx, dy }) => (dy - view.top) * view.width + dx - view.left),
    )
    set(W.VIEW_PLACES, address(placesAt))
    const offsetsAt = take(view.cells.length)
    tables.set(view.cells.map(cellOffset), offsetsAt)
    set(W.VIEW_OFFSETS, address(offsetsAt))

    set(W.ID_BITS, config.idBits)
    set(W.HAS_MINIMAP, config.minimap ? 1 : 0)
    set(W.MINIMAP, minimap)
    set(W.MINIMAP_CELLS, view.width * view.height)
    set(W.HOT_AT, space.hotAt)
    set(W.SHARED_AT, space.sharedAt)
    set(W.RECORD_BYTES, space.recordBytes)
    set(W.HOT_OFFSET, space.hotOffset)
    set(W.CELLS_OFFSET, space.cellsOffset)
  }
  const minimapPlaces = plan.minimaps.flatMap((size) => placesOf(size, config))
  const minimapsAt = take(Math.ceil(minimapPlaces.length / 2))
  new Uint16Array(tables.buffer, address(minimapsAt), minimapPlaces.length).set(minimapPlaces)
  tables[W.MINIMAP_PLACES] = address(minimapsAt)
}

/** Cells of a minimap, then the minimap column of each x, then the first cell of the minimap row of each y. */
function placesOf(size: MinimapPlan, { width, height }: GridWorldConfig): number[] {
  const cellWidth = Math.ceil(width / size.width)
  const cellHeight = Math.ceil(height / size.height)
  return [
    size.width * size.height,
    ...Array.from({ length: width }, (_, x) => Math.floor(x / cellWidth)),
    ...Array.from({ length: height }, (_, y) => Math.floor(y / cellHeight) * size.width),
  ]
}

function stripWidth({ width, height, order }: GridWorldConfig): number {
  if (order === 'manyfold' || width * height <= LARGE_MAP_CELLS) return 0
  return Math.ceil(width / (width * height > HUGE_MAP_CELLS ? 16 : 8))
}
