/** What numbers in a world's columns mean. Compiled both as TypeScript and as AssemblyScript. */

/** Words of `counts`. */
export const STEP = 0
/** Trips that have been spawned. */
export const SPAWNED_TRIPS = 1
/** Vehicles that wait to enter their first lane, and those on lanes and lane links. */
export const WAITING_VEHICLES = 2
export const RUNNING_VEHICLES = 3
export const FINISHED_VEHICLES = 4
/** Entries of `free`. */
export const FREE_SLOTS = 5
/** Entries of `occupied`. */
export const OCCUPIED_DRIVABLES = 6
/** Vehicles whose speed was asked for in this step. */
export const WANTED_SPEEDS = 7
/** Vehicles that the last step moved. */
export const MOVED_VEHICLES = 8
/** First word of `lists` in which no list has room, and the end of the part of it that is in use. */
export const LISTS_FREE = 9
export const LISTS_END = 14
/** Steps that finished vehicles took, as a 64-bit integer of two words. */
export const FINISHED_STEPS = 10
/** Steps of their spawning, of all vehicles that wait or run, added up; a 64-bit integer. */
export const SPAWN_STEPS = 12
/** Vehicles on lanes that end at an intersection, and how many of them stand. */
export const ENTERING_VEHICLES = 15
export const QUEUED_VEHICLES = 16
/** Finished vehicles that were on their way at a time of decision. */
export const SEEN_VEHICLES = 17
/** The numbers of both after each step, added up; 64-bit integers. */
export const ENTERING_STEPS = 18
export const QUEUED_STEPS = 20
/** Words of `ownRoutes` that are in use. */
export const OWN_ROUTE_WORDS = 22
/** Entries of `pushed`. */
export const PUSHED_VEHICLES = 23
/** Vehicles that were ever pushed, by which they are named; survives a reset. */
export const PUSHES = 24
/** Vehicles that were taken out before the end of their routes. */
export const REMOVED_VEHICLES = 25
/** All slots from this one on have never been used, or not since vehicles were last renumbered. */
export const USED_SLOTS = 26
/** Vehicles that are doubled while they change lanes, and doubles that have gone without taking a vehicle's place. */
export const SHADOWS = 28
export const ENDED_SHADOWS = 29
/** Entries of `deferred`. */
export const DEFERRED_VEHICLES = 30
export const COUNT_WORDS = 32

/**
 * Words of a drivable's entry in `lists`, a line of the cache: its vehicles are `lists[at … at + count)`, the foremost
 * first.
 */
export const LIST_AT = 0
export const LIST_COUNT = 1
/** The room that the list has: it moves on as vehicles leave at its front and come at its end. */
export const LIST_ROOM_FROM = 2
export const LIST_ROOM_TO = 3
/** Of the drivable: metres and m/s, 64-bit floats of two words. */
export const LIST_LENGTH = 4
export const LIST_MAX_SPEED = 6
/** The room that a list has at first. */
export const LIST_OWN_ROOM = 8
export const LIST_WORDS = 16

/** Words of a lane link's row in `linkRows`. */
export const LINK_START = 0
export const LINK_END = 1
export const LINK_CROSSES_FROM = 2
export const LINK_RANK = 3
export const LINK_WORDS = 4

/** Numbers of a row of `types`. */
export const TYPE_LENGTH = 0
export const TYPE_WIDTH = 1
export const TYPE_MAX_POS_ACC = 2
export const TYPE_MAX_NEG_ACC = 3
export const TYPE_USUAL_POS_ACC = 4
export const TYPE_USUAL_NEG_ACC = 5
export const TYPE_MIN_GAP = 6
export const TYPE_MAX_SPEED = 7
export const TYPE_HEADWAY = 8
/** How far ahead a vehicle looks: the distance in which it comes to a halt, and two steps. */
export const TYPE_LOOK_AHEAD = 9
export const TYPE_NUMBERS = 16

/** No vehicle, no drivable, no trip: a slot that no vehicle has. */
export const NONE = -1
/** `trip` of the first vehicle that is pushed; those after it count down. */
export const FIRST_PUSHED = -2
/** `nextLink` on a road that is not the last of the route, when no lane link leads from the lane to the next one. */
export const NO_LINK = -2
/** `target`: the vehicle stays on its drivable; it has come to the end of its route. */
export const STAYS = -1
export const FINISHES = -2
/** `target`: its shadow goes on in its place; the shadow goes because the change of lanes is given up. */
export const CHANGES = -3
export const SHADOW_ENDS = -4

/** Parts of an observation, a bit each. */
export const OBSERVE_QUEUE = 1
export const OBSERVE_VEHICLES = 2
export const OBSERVE_APPROACHING = 4
export const OBSERVE_PRESSURE = 8
export const OBSERVE_PHASE = 16
export const OBSERVE_ELAPSED = 32

export const REWARD_QUEUE = 0
export const REWARD_PRESSURE = 1
export const REWARD_WAITING = 2
export const REWARD_THROUGHPUT = 3
