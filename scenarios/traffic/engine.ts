import { isAbsolute, resolve } from 'node:path'
import { RuntimeError } from '../../runtime/core/errors.ts'
import * as C from './codes.ts'
import { type TrafficConfig, VEHICLE_FIELDS } from './demand.ts'
import { readTraffic, type TrafficFiles } from './describe.ts'
import { type EngineWorld, moveInto, openEngineWorld, type WorldSize } from './engine-world.ts'
import { readConfig } from './files/config.ts'
import { ReplayLog, type ReplaySource, writeReplayRoadnet } from './files/replay.ts'
import { type NetworkIds, networkIds, TripTable, vehicleId } from './ids.ts'
import { findDeadEnd } from './lane-choice.ts'
import { drivableName } from './network.ts'
import { rerouteStepsOf } from './options.ts'
import { Router } from './router.ts'
import {
  fingerprintOf,
  readSnapshot,
  restoreSnapshot,
  type TrafficSnapshot,
  takeSnapshot,
} from './snapshot.ts'
import { VehicleOrder } from './vehicle-order.ts'
import { rowFor, writeType } from './vehicle-types.ts'

/** What overrides the config, and what CityFlow's has no key for. */
export interface TrafficEngineOptions {
  /** Whether phases are set by `setTlPhase`, in place of the file's programmes. */
  readonly rlTrafficLight?: boolean
  readonly laneChange?: boolean
  readonly seed?: number
  /** Seconds from one rerouting of all vehicles, by present travel times, to the next; by default never. */
  readonly rerouteEvery?: number
}

/** A vehicle's numbers, with CityFlow's defaults; metres, m/s, m/s², seconds. */
export interface PushedVehicle {
  /** In which it enters; 0 by default. */
  readonly speed?: number
  readonly length?: number
  readonly width?: number
  readonly maxPosAcc?: number
  readonly maxNegAcc?: number
  readonly usualPosAcc?: number
  readonly usualNegAcc?: number
  readonly minGap?: number
  readonly maxSpeed?: number
  readonly headwayTime?: number
}

const PUSHED_DEFAULTS: Required<PushedVehicle> = {
  speed: 0,
  length: 5,
  width: 2,
  maxPosAcc: 4.5,
  maxNegAcc: 4.5,
  usualPosAcc: 2.5,
  usualNegAcc: 2.5,
  minGap: 2,
  maxSpeed: 16.66667,
  headwayTime: 1,
}

/** Where a vehicle is and where it goes. */
export type VehicleInfo =
  | { readonly running: false; readonly route: readonly string[] }
  | {
      readonly running: true
      /** Metres from the start of its lane or lane link; m/s. */
      readonly distance: number
      readonly speed: number
      readonly drivable: string
      /** Its road, and the intersection at the road's end; undefined on a lane link. */
      readonly road: string | undefined
      readonly intersection: string | undefined
      /** Roads from its present one on; on a lane link from the one that it left. */
      readonly route: readonly string[]
    }

/** What there is room for at first; all grows as it is needed. */
const FIRST_SIZE: WorldSize = { steps: 3600, pushed: 0, kinds: 0, routeWords: 0, rerouting: false }
const FIRST_PUSHED = 64
const FIRST_KINDS = 8
const FIRST_ROUTE_WORDS = 4096

/**
 * A simulation on the calling thread, driven call by call, for those who know CityFlow's Python API: the same names,
 * meanings and orders. See docs/traffic-engine.md.
 *
 * Arrays that are returned belong to the engine, and show what was when they were asked for. Commands take effect in the
 * next step. Methods that take an id throw ERR_ID_UNKNOWN for one that is none, or no longer.
 */
export class TrafficEngine {
  readonly config: TrafficConfig
  /** Ids of lanes, in the order of arrays by lane. */
  readonly laneIds: readonly string[]
  readonly roadIds: readonly string[]
  readonly intersectionIds: readonly string[]
  /** [lanes] metres. */
  readonly laneLengths: Float64Array
  readonly #files: TrafficFiles
  readonly #ids: NetworkIds
  readonly #router: Router
  readonly #rerouteSteps: number | undefined
  readonly #laneCounts: Int32Array
  readonly #laneWaitingCounts: Int32Array
  /** Slots of vehicles by trip: those of the last search, some of them gone. */
  readonly #slots = new Map<number, number>()
  #hasSearched = false
  #engine: EngineWorld
  #order: VehicleOrder
  #trips: TripTable
  #fingerprint: string | undefined
  #replay: ReplayLog | undefined
  #savesReplay: boolean

  /**
   * @param path a config.json of CityFlow, or the folder that holds it
   * @throws ERR_FILE_MISSING, ERR_FILE_INVALID naming what is wrong in the files
   * @throws ERR_ARGUMENT_INVALID for options that do not fit
   * @throws ERR_OUTPUT_UNWRITABLE for the files of a replay
   */
  constructor(path: string, options: TrafficEngineOptions = {}) {
    const { rerouteEvery } = options
    this.config = { ...readConfig(path), ...checkedOverrides(options) }
    this.#files = readTraffic(this.config)
    const { network } = this.#files
    this.#ids = networkIds(network)
    this.laneIds = this.#ids.lanes.ids
    this.roadIds = this.#ids.roads.ids
    this.intersectionIds = this.#ids.intersections.ids
    this.laneLengths = network.graph.length.slice(0, this.laneIds.length)
    this.#laneCounts = new Int32Array(this.laneIds.length)
    this.#laneWaitingCounts = new Int32Array(this.laneIds.length)
    this.#router = new Router(network.graph)
    this.#rerouteSteps =
      rerouteEvery === undefined ? undefined : rerouteStepsOf(rerouteEvery, this.config.interval)
    this.#engine = this.#open({ ...FIRST_SIZE, rerouting: rerouteEvery !== undefined })
    this.#order = new VehicleOrder(this.#engine.state)
    this.#trips = new TripTable(this.#engine.constants, this.#files.demand.flowRoute.length)
    this.#engine.key[2] = this.config.seed
    this.#engine.world.reset()
    this.#savesReplay = this.config.saveReplay
    const { roadnetLogFile, replayLogFile } = this.config
    if (roadnetLogFile !== undefined) this.saveReplayRoadnet(roadnetLogFile)
    if (replayLogFile !== undefined) this.setReplayFile(replayLogFile)
  }

  // Steps.

  /** One step of `config.interval` seconds. @throws ERR_OUTPUT_UNWRITABLE for the replay */
  nextStep(): void {
    const { state, size } = this.#engine
    if (state.counts[C.STEP]! >= size.steps) this.#grow({ steps: 2 * size.steps })
    const { world, constants } = this.#engine
    if (!this.config.rlTrafficLight) world.policies['plan']!(0, 0, constants.signals.length)
    for (const phase of world.phases) {
      if (phase.kind === 'range') phase.run(0, phase.size())
      else phase.run()
    }
    this.#hasSearched = false
    if (this.#savesReplay) this.#replay?.write()
  }

  /** Seconds. */
  getCurrentTime(): number {
    return this.#engine.state.counts[C.STEP]! * this.config.interval
  }

  /**
   * An empty network at time 0. Random numbers go on where they are, or start from a seed; those of CityFlow's
   * `reset(True)` from `engine.config.seed`. Names of pushed vehicles go on.
   */
  reset(seed?: number): void {
    const { state, world, key } = this.#engine
    const pushes = state.counts[C.PUSHES]!
    const generator = state.generator.slice()
    key[2] = seed ?? this.config.seed
    world.reset()
    state.counts[C.PUSHES] = pushes
    if (seed === undefined) state.generator.set(generator)
    this.#hasSearched = false
  }

  /** Random numbers start anew at once. */
  setRandomSeed(seed: number): void {
    this.#engine.kernel.seedGenerator(this.#engine.state.generator.byteOffset, seed)
  }

  /** Closes the replay; the engine goes on without. */
  close(): void {
    this.#replay?.close()
    this.#replay = undefined
  }

  // Vehicles.

  /** Vehicles on lanes and lane links; not those that wait to enter. */
  getVehicleCount(): number {
    const { counts } = this.#engine.state
    return counts[C.RUNNING_VEHICLES]! + counts[C.SHADOWS]!
  }

  /** Vehicles that have come to the end of their routes. */
  getFinishedVehicleCount(): number {
    return this.#engine.state.counts[C.FINISHED_VEHICLES]!
  }

  /** Ids of the vehicles that run, or with `includeWaiting` of those that wait to enter too; by priority. */
  getVehicles(includeWaiting = false): string[] {
    const slots = includeWaiting ? this.#order.all() : this.#order.running()
    return Array.from(slots, (slot) => this.#idOf(slot))
  }

  /** m/s of every vehicle that runs, by priority. */
  getVehicleSpeed(): Map<string, number> {
    return this.#mapRunning((slot) => this.#engine.state.speed[slot]!)
  }

  /** Metres of every vehicle that runs from the start of its lane or lane link, by priority. */
  getVehicleDistance(): Map<string, number> {
    return this.#mapRunning((slot) => this.#engine.state.position[slot]!)
  }

  /** Seconds that a vehicle has stood since it entered. */
  getVehicleWaitingTime(vehicle: string): number {
    const slot = this.#slotOf('getVehicleWaitingTime', vehicle)
    return this.#engine.state.waited[slot]! * this.config.interval
  }

  getVehicleInfo(vehicle: string): VehicleInfo {
    const { state, routes } = this.#engine
    const { graph, names } = this.#files.network
    const slot = this.#slotOf('getVehicleInfo', vehicle)
    const route = routes.roadsOf(slot).map((road) => names.roads[road]!)
    const drivable = state.drivable[slot]!
    if (drivable === C.NONE) return { running: false, route }
    const road = drivable < this.laneIds.length ? graph.laneRoad[drivable]! : undefined
    return {
      running: true,
      distance: state.position[slot]!,
      speed: state.speed[slot]!,
      drivable: drivableName(this.#files.network, drivable),
      road: road === undefined ? undefined : names.roads[road]!,
      intersection: road === undefined ? undefined : names.intersections[graph.roadEnd[road]!]!,
      route,
    }
  }

  /** The next vehicle ahead, as far as a vehicle looks, or ''. */
  getLeader(vehicle: string): string {
    const { state, kernel, at } = this.#engine
    const slot = this.#slotOf('getLeader', vehicle)
    if (state.drivable[slot] === C.NONE) return ''
    const leader = kernel.leaderOf(at, slot)
    return leader === C.NONE ? '' : this.#idOf(leader)
  }

  /**
   * Mean seconds from a vehicle's scheduled start to its end, or to now for those that run or wait to enter; 0 when
   * there were none.
   */
  getAverageTravelTime(): number {
    return this.#engine.world.averageTravelTime()
  }

  // Lanes and lane links.

  /** Index of a lane in arrays by lane. */
  laneIndex(lane: string): number {
    return this.#ids.lanes.indexOf('laneIndex', lane)
  }

  /** [lanes] vehicles on each lane. */
  getLaneVehicleCount(): Int32Array {
    const { lists } = this.#engine.state
    const counts = this.#laneCounts
    for (let lane = 0; lane < counts.length; lane++) counts[lane] = lists[lane * C.LIST_WORDS + C.LIST_COUNT]!
    return counts
  }

  /** [lanes] vehicles on each lane that are slower than 0.1 m/s. */
  getLaneWaitingVehicleCount(): Int32Array {
    const counts = this.#laneWaitingCounts
    counts.set(this.#engine.state.queue)
    return counts
  }

  /** Ids of the vehicles on every lane, the foremost first. */
  getLaneVehicles(): Map<string, string[]> {
    return new Map(this.laneIds.map((id, lane) => [id, this.#idsOn(lane)]))
  }

  /** Ids of the vehicles on every lane link that has any, the foremost first: those within junctions. */
  getLinkVehicles(): Map<string, string[]> {
    const { network } = this.#files
    const { lists } = this.#engine.state
    const vehicles = new Map<string, string[]>()
    for (let link = this.laneIds.length; link < network.graph.length.length; link++) {
      if (lists[link * C.LIST_WORDS + C.LIST_COUNT] === 0) continue
      vehicles.set(drivableName(network, link), this.#idsOn(link))
    }
    return vehicles
  }

  // Intersections.

  /** The phase that an intersection shows. */
  getTlPhase(intersection: string): number {
    const index = this.#ids.intersections.indexOf('getTlPhase', intersection)
    return this.#engine.state.phase[index]!
  }

  /** Phases of an intersection's programme; 0 where there are no signals. */
  getTlPhaseCount(intersection: string): number {
    return this.#phasesOf(this.#ids.intersections.indexOf('getTlPhaseCount', intersection))
  }

  #phasesOf(intersection: number): number {
    const { phasesFrom } = this.#files.network.graph
    return phasesFrom[intersection + 1]! - phasesFrom[intersection]!
  }

  /** Standing vehicles on the lanes that end at an intersection, less those on the lanes that start there. */
  getPressure(intersection: string): number {
    const { graph } = this.#files.network
    const { intersectionRoadsFrom: from, intersectionRoads: roads, roadEnd } = graph
    const index = this.#ids.intersections.indexOf('getPressure', intersection)
    let pressure = 0
    for (let at = from[index]!; at < from[index + 1]!; at++) {
      const waiting = this.#waitingOn(roads[at]!)
      pressure += roadEnd[roads[at]!] === index ? waiting : -waiting
    }
    return pressure
  }

  #waitingOn(road: number): number {
    const { roadLanesFrom } = this.#files.network.graph
    const { queue } = this.#engine.state
    let waiting = 0
    for (let lane = roadLanesFrom[road]!; lane < roadLanesFrom[road + 1]!; lane++) waiting += queue[lane]!
    return waiting
  }

  /**
   * Shows a phase from the next step on.
   *
   * @throws ERR_ARGUMENT_INVALID for a phase that the intersection has not, or when signals follow the file's programme
   */
  setTlPhase(intersection: string, phase: number): void {
    if (!this.config.rlTrafficLight) {
      throw invalid(
        'setTlPhase',
        'rlTrafficLight to be true',
        "false: signals follow the file's programme; set it in the config or the options",
      )
    }
    const index = this.#ids.intersections.indexOf('setTlPhase', intersection)
    const phases = this.#phasesOf(index)
    if (!(Number.isInteger(phase) && phase >= 0 && phase < phases)) {
      const range = phases === 0 ? 'an intersection with signals' : `a phase from 0 to ${phases - 1}`
      throw invalid('setTlPhase', `${range} at '${intersection}'`, String(phase))
    }
    this.#engine.kernel.show(this.#engine.at, index, phase)
  }

  // Commands to vehicles.

  /**
   * A speed, m/s, that a vehicle tries to have in its next step; signals, gaps and its own limits come first.
   *
   * @throws ERR_ARGUMENT_INVALID for a speed below 0
   */
  setVehicleSpeed(vehicle: string, speed: number): void {
    if (!(speed >= 0)) throw invalid('setVehicleSpeed', 'a speed of at least 0 m/s', String(speed))
    this.#engine.world.wantSpeed(this.#slotOf('setVehicleSpeed', vehicle), speed)
  }

  /**
   * Sends a vehicle over other roads, from its present one through all that are given. False, and it keeps its route,
   * when it is on a lane link, when there is no such way, or when its lane does not lead there; while it changes lanes,
   * when one of both does not.
   */
  setVehicleRoute(vehicle: string, roads: readonly string[]): boolean {
    const { state } = this.#engine
    const slot = this.#slotOf('setVehicleRoute', vehicle)
    const present = this.#engine.routes.roadAt(state.routeAt[slot]!)
    if (state.drivable[slot]! >= this.laneIds.length) return false
    const route = this.#router.route([present, ...this.#roadsOf('setVehicleRoute', roads)])
    if (route === undefined) return false
    const users = [slot, ...this.#shadowOf(slot)]
    const links = users.map((user) => this.#firstLink(user, route))
    if (links.includes(C.NONE)) return false
    this.#makeRouteRoom(route)
    this.#engine.routes.give(users, route)
    if (state.drivable[slot] === C.NONE) return true
    for (const [i, user] of users.entries()) this.#engine.state.nextLink[user] = links[i]!
    return true
  }

  /** The shadow that a vehicle has on the lane to which it changes. */
  #shadowOf(slot: number): number[] {
    const { partner } = this.#engine.state
    return this.config.laneChange && partner[slot] !== C.NONE ? [partner[slot]!] : []
  }

  /** The lane link by which a vehicle on a lane, or one that waits for it, starts a route; `NONE` when it cannot. */
  #firstLink(slot: number, route: Int32Array): number {
    const { state, routes, kernel, at } = this.#engine
    const drivable = state.drivable[slot]!
    const lane = drivable === C.NONE ? kernel.waitsAt(at, slot) : drivable
    if (lane !== C.NONE) return routes.firstLink(lane, route)
    return this.config.laneChange || findDeadEnd(this.#files.network.graph, route) === undefined ? 0 : C.NONE
  }

  /**
   * Adds a vehicle, which waits to enter the first of its roads from the next step on.
   *
   * @param roads at least two, in order; ways between them are found
   * @returns its id
   * @throws ERR_ARGUMENT_INVALID for numbers that no vehicle has, or roads without a way
   */
  pushVehicle(info: PushedVehicle, roads: readonly string[]): string {
    const { speed, ...numbers } = { ...PUSHED_DEFAULTS, ...info }
    const type = this.#typeOf(
      Float64Array.from(VEHICLE_FIELDS, (field) => vehicleNumber(field, numbers[field])),
    )
    if (!(speed >= 0 && speed <= numbers.maxSpeed))
      throw invalid(
        'pushVehicle.speed',
        `a speed from 0 to its maxSpeed, ${numbers.maxSpeed} m/s`,
        String(speed),
      )
    const route = this.#pushedRoute(roads)
    this.#makeRouteRoom(route)
    this.#makeSlot()
    const { state, routes, kernel, at } = this.#engine
    const slot = state.free[state.counts[C.FREE_SLOTS]! - 1]!
    const routeAt = routes.write(route)
    const trip = C.FIRST_PUSHED - state.counts[C.PUSHES]!++
    kernel.push(at, trip, type, speed, routeAt, routeAt + route.length - 1)
    this.#slots.set(trip, slot)
    return vehicleId(this.#engine.constants, trip)
  }

  #pushedRoute(roads: readonly string[]): Int32Array {
    const route = this.#router.route(this.#roadsOf('pushVehicle', roads))
    if (route === undefined) {
      const got = `[${roads.join(', ')}]; name at least two roads that differ, each to be reached from the one before`
      throw invalid('pushVehicle.roads', 'roads with a way through all of them', got)
    }
    if (this.config.laneChange) return route
    const deadEnd = findDeadEnd(this.#files.network.graph, route)
    if (deadEnd === undefined) return route
    throw invalid(
      'pushVehicle.roads',
      'a way that goes on from every lane that the vehicle may come to',
      `lane '${this.laneIds[deadEnd.lane]}' without a lane link that leads over '${this.roadIds[deadEnd.next]}'; ` +
        'name other roads, or set laneChange',
    )
  }

  /** Takes a vehicle out; it counts neither as running nor as finished, nor in the average travel time. */
  removeVehicle(vehicle: string): void {
    const { kernel, at } = this.#engine
    kernel.remove(at, this.#slotOf('removeVehicle', vehicle))
  }

  // Snapshots and replays.

  /** All that the simulation knows at present; it can be loaded as often as you like. */
  snapshot(): TrafficSnapshot {
    return takeSnapshot(this.#engine, this.#networkFingerprint())
  }

  /**
   * Goes back, or on, to a snapshot.
   *
   * @throws ERR_CHECKPOINT_MISMATCH when it was taken of another network or other flows
   */
  load(snapshot: TrafficSnapshot): void {
    if (snapshot.network !== this.#networkFingerprint()) {
      throw new RuntimeError(
        'ERR_CHECKPOINT_MISMATCH',
        'snapshot: expected one of the same network, flows, interval and laneChange, got one of others; open the engine as the one that it was taken of',
        { details: { expected: this.#networkFingerprint(), got: snapshot.network } },
      )
    }
    const isOfSize = JSON.stringify(snapshot.size) === JSON.stringify(this.#engine.size)
    const engine = isOfSize ? this.#engine : this.#open(snapshot.size)
    restoreSnapshot(snapshot, engine)
    this.#bind(engine)
  }

  /** @throws ERR_CHECKPOINT_MISSING, ERR_CHECKPOINT_CORRUPT, ERR_CHECKPOINT_MISMATCH */
  loadFromFile(file: string): void {
    this.load(readSnapshot(file))
  }

  #networkFingerprint(): string {
    this.#fingerprint ??= fingerprintOf(this.#files)
    return this.#fingerprint
  }

  /** Writes the replay into a file from now on, and starts it anew. Relative names count from the config's `dir`. */
  setReplayFile(file: string): void {
    this.#replay?.close()
    this.#replay = new ReplayLog(this.#pathOf(file), this.#replaySource(this.#engine))
  }

  /** Whether steps are written into the replay's file. */
  setSaveReplay(saves: boolean): void {
    this.#savesReplay = saves
  }

  /** Writes the network for the viewer of replays. */
  saveReplayRoadnet(file: string): void {
    writeReplayRoadnet(this.#pathOf(file), this.#replaySource(this.#engine))
  }

  #pathOf(file: string): string {
    return isAbsolute(file) ? file : resolve(this.config.dir + file)
  }

  #replaySource({ world }: EngineWorld): ReplaySource {
    return world.replaySource(this.#files.network)
  }

  // Room.

  #open(size: WorldSize): EngineWorld {
    return openEngineWorld(this.#files, size, this.#rerouteSteps)
  }

  #bind(engine: EngineWorld): void {
    this.#engine = engine
    this.#order = new VehicleOrder(engine.state)
    this.#trips = new TripTable(engine.constants, this.#files.demand.flowRoute.length)
    this.#replay?.follow(this.#replaySource(engine))
    this.#slots.clear()
    this.#hasSearched = false
  }

  #grow(size: Partial<WorldSize>): void {
    const engine = this.#open({ ...this.#engine.size, ...size })
    moveInto(this.#engine, engine)
    this.#bind(engine)
  }

  #makeRouteRoom(route: Int32Array): void {
    const { size, routes } = this.#engine
    if (routes.hasRoom(route.length)) return
    this.#grow({ routeWords: Math.max(FIRST_ROUTE_WORDS, 2 * (size.routeWords + route.length)) })
  }

  /** Makes sure that a slot is free beside those of all trips that are still to start. */
  #makeSlot(): void {
    const { size, state, constants } = this.#engine
    const { counts, free } = state
    const toCome = constants.tripFlow.length - constants.tripsFrom[counts[C.STEP]!]!
    const vehicles = counts[C.WAITING_VEHICLES]! + counts[C.RUNNING_VEHICLES]! + toCome
    // Where vehicles change lanes the other half is for their shadows.
    const room = this.config.laneChange ? free.length / 2 : free.length
    if (size.pushed > 0 && vehicles < room) return
    this.#grow({ pushed: Math.max(FIRST_PUSHED, 2 * size.pushed) })
  }

  #typeOf(numbers: Float64Array): number {
    if (rowFor(this.#engine.state.types, numbers) < 0) {
      this.#grow({ kinds: Math.max(FIRST_KINDS, 2 * this.#engine.size.kinds) })
    }
    const { types } = this.#engine.state
    const row = rowFor(types, numbers)
    writeType(types, row, numbers, this.config.interval)
    return row
  }

  // Names.

  #idOf(slot: number): string {
    const { constants, state } = this.#engine
    const id = vehicleId(constants, state.trip[slot]!)
    return state.isShadow[slot] === 1 ? `${id}_shadow` : id
  }

  #idsOn(drivable: number): string[] {
    const { lists } = this.#engine.state
    const from = lists[drivable * C.LIST_WORDS + C.LIST_AT]!
    const count = lists[drivable * C.LIST_WORDS + C.LIST_COUNT]!
    return Array.from(lists.subarray(from, from + count), (slot) => this.#idOf(slot))
  }

  #mapRunning(read: (slot: number) => number): Map<string, number> {
    const values = new Map<string, number>()
    for (const slot of this.#order.running()) values.set(this.#idOf(slot), read(slot))
    return values
  }

  #roadsOf(call: string, roads: readonly string[]): number[] {
    return roads.map((road) => this.#ids.roads.indexOf(call, road))
  }

  #slotOf(call: string, vehicle: string): number {
    const trip = this.#trips.tripOf(vehicle)
    if (trip !== C.NONE) {
      const slot = this.#knownSlot(trip) ?? this.#searchSlot(trip)
      if (slot !== undefined) return slot
    }
    throw new RuntimeError(
      'ERR_ID_UNKNOWN',
      `${call}: expected the id of a vehicle that runs or waits, got '${vehicle}', which has finished, has not started or never will; getVehicles(true) names all`,
      { details: { id: vehicle } },
    )
  }

  #knownSlot(trip: number): number | undefined {
    const slot = this.#slots.get(trip)
    const { trip: trips, isShadow } = this.#engine.state
    return slot !== undefined && trips[slot] === trip && isShadow[slot] !== 1 ? slot : undefined
  }

  #searchSlot(trip: number): number | undefined {
    if (this.#hasSearched) return undefined
    this.#hasSearched = true
    this.#slots.clear()
    const { trip: trips, isShadow } = this.#engine.state
    for (let slot = 0; slot < trips.length; slot++) {
      if (trips[slot] !== C.NONE && isShadow[slot] !== 1) this.#slots.set(trips[slot]!, slot)
    }
    return this.#slots.get(trip)
  }
}

/** What is said over the config's head. @throws ERR_ARGUMENT_INVALID for what is no option, and a seed that is none */
function checkedOverrides(options: TrafficEngineOptions): Partial<TrafficConfig> {
  const known = ['rlTrafficLight', 'laneChange', 'seed', 'rerouteEvery']
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw invalid('TrafficEngine', `options ${known.join(', ')}`, key)
  }
  const { rlTrafficLight, laneChange, seed } = options
  if (seed !== undefined && !Number.isSafeInteger(seed)) throw invalid('seed', 'a whole number', String(seed))
  return {
    ...(rlTrafficLight !== undefined && { rlTrafficLight }),
    ...(laneChange !== undefined && { laneChange }),
    ...(seed !== undefined && { seed }),
  }
}

/** Quantities of vehicles, as in files: metres, m/s, m/s², seconds. */
const LEAST_QUANTITY = 1e-6
const MOST_QUANTITY = 1e6

/** @throws ERR_ARGUMENT_INVALID */
function vehicleNumber(field: (typeof VEHICLE_FIELDS)[number], value: number): number {
  const mayBeZero = field === 'minGap' || field === 'headwayTime'
  const least = mayBeZero ? 0 : LEAST_QUANTITY
  if (value >= least && value <= MOST_QUANTITY) return value
  throw invalid(`pushVehicle.${field}`, `a number from ${least} to ${MOST_QUANTITY}`, String(value))
}

function invalid(where: string, expected: string, got: string): RuntimeError {
  return new RuntimeError('ERR_ARGUMENT_INVALID', `${where}: expected ${expected}, got ${got}`, {
    details: { field: where },
  })
}
