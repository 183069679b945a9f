import type { Arrays, Column, Columns, ColumnsOf, Views } from '../../runtime/core/memory/layout.ts'
import type { Approaches } from './approaches.ts'
import {
  COUNT_WORDS,
  LINK_CROSSES_FROM,
  LINK_END,
  LINK_RANK,
  LINK_START,
  LINK_WORDS,
  LIST_WORDS,
  TYPE_NUMBERS,
} from './codes.ts'
import { type Demand, VEHICLE_FIELDS } from './demand.ts'
import type { NetworkGraph } from './network.ts'
import { type SignalColumns, signalColumns } from './signals.ts'
import type { Trips } from './trips.ts'
import * as W from './words.ts'

/** Columns of a world: N vehicles at most, L lanes, K lane links, I intersections, A signals that act. */
export interface TrafficColumns extends SignalColumns {
  readonly [name: string]: Column
  /** A few counts; see words.ts. */
  readonly counts: Column<'i32'>
  /** [V, `TYPE_NUMBERS`] kinds of vehicles. */
  readonly types: Column<'f64'>
  /** Routes that are a vehicle's own; see own-routes.ts. */
  readonly ownRoutes: Column<'i32'>
  /** [625] state of CityFlow's generator. */
  readonly generator: Column<'u32'>
  /** Vehicles by their priority: a hash table. */
  readonly priorities: Column<'i32'>
  /** Vehicles that were pushed since the last step, in the order of their first roads. */
  readonly pushed: Column<'i32'>
  /** [N] slots that no vehicle has. */
  readonly free: Column<'i32'>
  /** [N] trip, kind, priority; step in which it was spawned, and in which it came to its drivable. */
  readonly trip: Column<'i32'>
  readonly type: Column<'i32'>
  readonly priority: Column<'i32'>
  readonly spawned: Column<'i32'>
  readonly entered: Column<'i32'>
  /** [N] step in which it came to its first lane, and steps that it has stood since. */
  readonly departed: Column<'i32'>
  readonly waited: Column<'i32'>
  /** [N] metres from the start of the drivable to the vehicle's front; m/s. */
  readonly position: Column<'f64'>
  readonly speed: Column<'f64'>
  /** [N] speed asked for in this step, or NaN. */
  readonly wantedSpeed: Column<'f64'>
  /** [N] drivable, `NONE` while it waits; the one before. */
  readonly drivable: Column<'i32'>
  readonly previous: Column<'i32'>
  /** [N] lane link by which it leaves its lane. */
  readonly nextLink: Column<'i32'>
  /** [N] entries of the present and the last road in the routes. */
  readonly routeAt: Column<'i32'>
  readonly routeLast: Column<'i32'>
  /** [N] whom it gave way to in the last step. */
  readonly blocker: Column<'i32'>
  /** [N] who waits behind it, while it waits. */
  readonly behind: Column<'i32'>
  /** [L + K, `LIST_WORDS`] the vehicles of every drivable, its length and speed limit; and behind them room for long lists. */
  readonly lists: Column<'i32'>
  /** [L] vehicles that stand. */
  readonly queue: Column<'i32'>
  /** [L] since the signal at its end last decided: steps that vehicles stood, and vehicles that left. */
  readonly queueSteps: Column<'i32'>
  readonly passed: Column<'i32'>
  /** [L, 2] the first and the last that wait to enter a lane. */
  readonly waiting: Column<'i32'>
  /** Drivables that have vehicles, and lanes at which some wait, a bit each. */
  readonly occupiedBits: Column<'u32'>
  readonly waitingBits: Column<'u32'>
  /** [K] 1 where the signal lets vehicles go. */
  readonly green: Column<'u8'>
  /** [I] phase that is shown. */
  readonly phase: Column<'i32'>
  /** [N, or none where vehicles do not change lanes] entry of the first road of its route. */
  readonly routeFirst: Column<'i32'>
  /** [N] its shadow, or whose shadow it is; 1 for shadows. */
  readonly partner: Column<'i32'>
  readonly isShadow: Column<'i32'>
  /** [N] 1 where it wants to go to the next lane outwards, −1 inwards; metres that it is off its lane's middle. */
  readonly wish: Column<'i32'>
  readonly offset: Column<'f64'>
  /** [N] metres to the last leader that it had. */
  readonly gap: Column<'f64'>
  /** Scratch from here on. [N] what a step makes of each vehicle. */
  readonly nextPosition: Column<'f64'>
  readonly nextSpeed: Column<'f64'>
  readonly nextBlocker: Column<'i32'>
  readonly nextRouteAt: Column<'i32'>
  /** [N] lane link by which it will leave the lane to which it comes. */
  readonly linkAhead: Column<'i32'>
  readonly target: Column<'i32'>
  /** [L + K] drivables that have vehicles in this step, and how many leave each. */
  readonly occupied: Column<'i32'>
  readonly left: Column<'i32'>
  readonly leaving: Column<'i32'>
  /** [K] step in which a lane link was last claimed, modulo 256. */
  readonly claimed: Column<'u8'>
  readonly spawnSlots: Column<'i32'>
  /** Those who want to change lanes, or do: places as in `lists`, how many each occupied drivable has, and sorted. */
  readonly wishers: Column<'i32'>
  readonly wisherCounts: Column<'i32'>
  readonly wishKeys: Column<'i32'>
  /** [N] who wants to get in before it, and the segment of its lane that it is on. */
  readonly received: Column<'i32'>
  readonly segment: Column<'i32'>
  /** [N] of those who want to change lanes: who would be ahead, who behind, and how far behind. */
  readonly targetLeader: Column<'i32'>
  readonly targetFollower: Column<'i32'>
  readonly followerGap: Column<'f64'>
  /** [N] speed without regard to those who change lanes, and offset after the step. */
  readonly openSpeed: Column<'f64'>
  readonly nextOffset: Column<'f64'>
  /** [N] those whose speed depends on somebody's change of lanes. */
  readonly deferred: Column<'i32'>
  /** What kernels read; see words.ts. */
  readonly table: Column<'i32'>
}

export const SCRATCH_COLUMNS: readonly string[] = [
  'nextPosition',
  'nextSpeed',
  'nextBlocker',
  'nextRouteAt',
  'linkAhead',
  'target',
  'occupied',
  'left',
  'leaving',
  'claimed',
  'spawnSlots',
  'wishers',
  'wisherCounts',
  'wishKeys',
  'received',
  'segment',
  'targetLeader',
  'targetFollower',
  'followerGap',
  'openSpeed',
  'nextOffset',
  'deferred',
  'table',
]

/** What all worlds of a host share: the network, its demand, and the kernels' tables of them. */
export interface TrafficConstants
  extends Arrays,
    NetworkGraph,
    Demand,
    Approaches,
    Omit<Trips, 'mostAtOnce'> {
  /** [1] seconds of a step. */
  readonly interval: Float64Array
  /** [1] 1 where vehicles change lanes. */
  readonly laneChange: Uint8Array
  /** [K + 1, `LINK_WORDS`] what a step reads of a lane link, side by side. */
  readonly linkRows: Int32Array
  /** [L] 1 for lanes that end at an intersection with signals or rights of way. */
  readonly isEntering: Uint8Array
}

/** Entries of the table of priorities: at least twice as many as vehicles, a power of 2. */
export function priorityEntries(vehicles: number): number {
  return 2 ** Math.ceil(Math.log2(2 * vehicles + 2))
}

/** Rows of lane links, and one more: where the crossings of each end is where those of the next one start. */
export function planLinkRows({ linkStart, linkEnd, crossesFrom, linkRank }: NetworkGraph): Int32Array {
  const rows = new Int32Array(crossesFrom.length * LINK_WORDS)
  for (let link = 0; link < crossesFrom.length; link++) {
    const row = link * LINK_WORDS
    rows[row + LINK_START] = linkStart[link] ?? 0
    rows[row + LINK_END] = linkEnd[link] ?? 0
    rows[row + LINK_CROSSES_FROM] = crossesFrom[link]!
    rows[row + LINK_RANK] = linkRank[link] ?? 0
  }
  return rows
}

/** Room for what comes into a world beside its flows. */
export interface Room {
  /** Vehicles, and kinds of vehicles. */
  readonly pushed: number
  readonly kinds: number
  /** Words of routes that are a vehicle's own, and whether every trip has room for one beside them. */
  readonly routeWords: number
  readonly rerouting: boolean
}

export const NO_ROOM: Room = { pushed: 0, kinds: 0, routeWords: 0, rerouting: false }

/** @param mostAtOnce trips that start in one step */
export function trafficColumns(constants: TrafficConstants, mostAtOnce: number, room: Room): TrafficColumns {
  const trips = constants.tripFlow.length + room.pushed
  const lanes = constants.laneRoad.length
  const links = constants.linkStart.length
  const intersections = constants.isVirtual.length
  const drivables = lanes + links
  const changesLanes = constants.laneChange[0] === 1
  // A vehicle that changes lanes is on both, its shadow on the other.
  const vehicles = changesLanes ? 2 * trips : trips
  const lists = drivables * LIST_WORDS + 8 * vehicles
  const words = (count: number) => 2 * Math.ceil(count / 64)
  const ofVehicles = [vehicles]
  const ofChanging = [changesLanes ? vehicles : 0]
  const types = constants.vehicleTypes.length / VEHICLE_FIELDS.length + room.kinds
  return {
    counts: { dtype: 'i32', shape: [COUNT_WORDS] },
    types: { dtype: 'f64', shape: [types, TYPE_NUMBERS] },
    ownRoutes: { dtype: 'i32', shape: [room.routeWords + (room.rerouting ? tripWords(constants) : 0)] },
    generator: { dtype: 'u32', shape: [625] },
    priorities: { dtype: 'i32', shape: [priorityEntries(vehicles)] },
    pushed: { dtype: 'i32', shape: [room.pushed === 0 ? 0 : vehicles] },
    free: { dtype: 'i32', shape: ofVehicles },
    trip: { dtype: 'i32', shape: ofVehicles },
    type: { dtype: 'i32', shape: ofVehicles },
    priority: { dtype: 'i32', shape: ofVehicles },
    spawned: { dtype: 'i32', shape: ofVehicles },
    entered: { dtype: 'i32', shape: ofVehicles },
    departed: { dtype: 'i32', shape: ofVehicles },
    waited: { dtype: 'i32', shape: ofVehicles },
    position: { dtype: 'f64', shape: ofVehicles },
    speed: { dtype: 'f64', shape: ofVehicles },
    wantedSpeed: { dtype: 'f64', shape: ofVehicles },
    drivable: { dtype: 'i32', shape: ofVehicles },
    previous: { dtype: 'i32', shape: ofVehicles },
    nextLink: { dtype: 'i32', shape: ofVehicles },
    routeAt: { dtype: 'i32', shape: ofVehicles },
    routeLast: { dtype: 'i32', shape: ofVehicles },
    blocker: { dtype: 'i32', shape: ofVehicles },
    behind: { dtype: 'i32', shape: ofVehicles },
    lists: { dtype: 'i32', shape: [lists] },
    queue: { dtype: 'i32', shape: [lanes] },
    queueSteps: { dtype: 'i32', shape: [lanes] },
    passed: { dtype: 'i32', shape: [lanes] },
    waiting: { dtype: 'i32', shape: [lanes, 2] },
    occupiedBits: { dtype: 'u32', shape: [words(drivables)] },
    waitingBits: { dtype: 'u32', shape: [words(lanes)] },
    green: { dtype: 'u8', shape: [links] },
    phase: { dtype: 'i32', shape: [intersections] },
    routeFirst: { dtype: 'i32', shape: ofChanging },
    partner: { dtype: 'i32', shape: ofChanging },
    isShadow: { dtype: 'i32', shape: ofChanging },
    wish: { dtype: 'i32', shape: ofChanging },
    offset: { dtype: 'f64', shape: ofChanging },
    gap: { dtype: 'f64', shape: ofChanging },
    nextPosition: { dtype: 'f64', shape: ofVehicles },
    nextSpeed: { dtype: 'f64', shape: ofVehicles },
    nextBlocker: { dtype: 'i32', shape: ofVehicles },
    nextRouteAt: { dtype: 'i32', shape: ofVehicles },
    linkAhead: { dtype: 'i32', shape: ofVehicles },
    target: { dtype: 'i32', shape: ofVehicles },
    occupied: { dtype: 'i32', shape: [drivables] },
    left: { dtype: 'i32', shape: [drivables] },
    leaving: { dtype: 'i32', shape: ofVehicles },
    claimed: { dtype: 'u8', shape: [links] },
    spawnSlots: { dtype: 'i32', shape: [mostAtOnce] },
    wishers: { dtype: 'i32', shape: [changesLanes ? lists : 0] },
    wisherCounts: { dtype: 'i32', shape: [changesLanes ? drivables : 0] },
    // Two arrays of 64-bit words, one for each vehicle that is no shadow, and the counts of a sort.
    wishKeys: { dtype: 'i32', shape: [changesLanes ? 4 * trips + 256 : 0] },
    received: { dtype: 'i32', shape: ofChanging },
    segment: { dtype: 'i32', shape: ofChanging },
    targetLeader: { dtype: 'i32', shape: ofChanging },
    targetFollower: { dtype: 'i32', shape: ofChanging },
    followerGap: { dtype: 'f64', shape: ofChanging },
    openSpeed: { dtype: 'f64', shape: ofChanging },
    nextOffset: { dtype: 'f64', shape: ofChanging },
    deferred: { dtype: 'i32', shape: ofChanging },
    table: { dtype: 'i32', shape: [W.WORLD_WORDS] },
    ...signalColumns(constants.signals.length),
  }
}

/** Words of `ownRoutes` in which every trip has a route as long as its first one. */
function tripWords({ tripRoute, routesFrom }: TrafficConstants): number {
  let words = 0
  for (const route of tripRoute) words += routesFrom[route + 1]! - routesFrom[route]!
  return words
}

/** Numbers of a description, by their names in words.ts. */
export interface WorldNumbers {
  readonly DECISION_STEPS: number
  readonly OBSERVED: number
  readonly REWARD: number
  readonly BLOCK_INPUTS: number
  readonly NEIGHBOURS_SEEN: number
  readonly MOST_LANES: number
  readonly MOST_PHASES: number
  readonly FIRST_PHASE: number
}

/** Writes a world's description for the kernels: numbers, and where every array starts that `words.ts` names. */
export function writeTable(
  numbers: WorldNumbers,
  constants: Views<ColumnsOf<TrafficConstants>>,
  state: Views<TrafficColumns>,
): void {
  const { table } = state
  const arrays: Views<Columns> = { ...constants, ...state }
  const words: Readonly<Record<string, number>> = W
  for (const [name, word] of Object.entries(words)) {
    if (word >= W.LENGTH && word < W.WORLD_WORDS) table[word] = arrays[camelCase(name)]!.byteOffset
  }
  for (const [name, value] of Object.entries(numbers)) table[words[name]!] = value
  table[W.LANES] = constants.laneRoad.length
  table[W.LINKS] = constants.linkStart.length
  table[W.INTERSECTIONS] = constants.isVirtual.length
  table[W.CAPACITY] = state.free.length
  table[W.ROUTE_ENTRIES] = constants.routes.length
  table[W.PRIORITY_MASK] = state.priorities.length - 1
  table[W.LANE_CHANGE] = constants.laneChange[0]!
  const interval = new Float64Array(table.buffer, table.byteOffset + 4 * W.INTERVAL, 1)
  interval[0] = constants.interval[0]!
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
