/**
 * The description of a world as its kernels read it: 32-bit words. Compiled both as TypeScript, which writes it,
 * and as AssemblyScript.
 */

/** Counts: lanes, lane links, intersections, vehicles at most. */
export const LANES = 0
export const LINKS = 1
export const INTERSECTIONS = 2
export const CAPACITY = 3
/** Seconds of a step, as a 64-bit float of two words. */
export const INTERVAL = 4
/** Entries of `routes` in the constants; higher ones are in the world's own `ownRoutes`. */
export const ROUTE_ENTRIES = 6
/** Entries of the table of priorities, less 1: a power of 2 less 1. */
export const PRIORITY_MASK = 7
/** Steps from one decision of signals to the next. */
export const DECISION_STEPS = 8

/** Bytes of the arena where arrays of the same names start: first those that all worlds share. */
export const LENGTH = 9
export const MAX_SPEED = 10
export const ROAD_LANES_FROM = 11
export const LANE_ROAD = 12
export const IS_ENTERING = 13
export const LANE_LINKS_FROM = 14
export const LANE_LINKS = 15
export const LINK_START = 16
export const LINK_END = 17
export const LINK_ROAD_LINK = 18
export const LINK_RANK = 19
export const CROSSES_FROM = 20
export const CROSS_AT = 21
export const CROSS_FOE = 22
export const CROSS_FOE_AT = 23
export const INTERSECTION_ROAD_LINKS_FROM = 24
export const INTERSECTION_LINKS_FROM = 25
export const PHASES_FROM = 26
export const PHASE_TIME = 27
export const PHASE_GREEN_FROM = 28
export const PHASE_GREEN = 29
export const ROUTES = 30
export const ROUTES_FROM = 31
export const TRIPS_FROM = 32
export const TRIP_TYPE = 33
export const TRIP_ROUTE = 34
export const TRIP_ORDER = 35
export const ROOMS_FROM = 36

/** Columns of the world. */
export const COUNTS = 37
export const TYPES = 38
export const OWN_ROUTES = 39
export const GENERATOR = 40
export const PRIORITIES = 41
export const FREE = 42
export const TRIP = 43
export const TYPE = 44
export const PRIORITY = 45
export const SPAWNED = 46
export const ENTERED = 47
export const DEPARTED = 48
export const WAITED = 49
export const POSITION = 50
export const SPEED = 51
export const NEXT_POSITION = 52
export const NEXT_SPEED = 53
export const WANTED_SPEED = 54
export const DRIVABLE = 55
export const PREVIOUS = 56
export const TARGET = 57
export const NEXT_LINK = 58
export const ROUTE_AT = 59
export const ROUTE_LAST = 60
export const NEXT_ROUTE_AT = 61
export const BLOCKER = 62
export const NEXT_BLOCKER = 63
export const BEHIND = 64
export const LISTS = 65
export const QUEUE = 66
export const ORDER = 67
export const WAITING = 68
export const OCCUPIED_BITS = 69
export const WAITING_BITS = 70
export const OCCUPIED = 71
export const LEFT = 72
export const CLAIMED = 73
export const GREEN = 74
export const PHASE = 75
export const REMAINING = 76
export const SPAWN_SLOTS = 77
export const LEAVING = 78
export const PUSHED = 79
export const WORLD_WORDS = 80
