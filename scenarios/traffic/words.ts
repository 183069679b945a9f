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
/** What a signal sees, `OBSERVE_…` bits, and what it is paid for, `REWARD_…`. */
export const OBSERVED = 9
export const REWARD = 10
/** Inputs of a signal's own block, and how many neighbours' blocks follow. */
export const BLOCK_INPUTS = 11
export const NEIGHBOURS_SEEN = 12
/** Most lanes that end at a signal, and most phases that one can choose from; the first of these. */
export const MOST_LANES = 13
export const MOST_PHASES = 14
export const FIRST_PHASE = 15

/** Bytes of the arena where arrays of the same names start: first those that all worlds share. */
export const LENGTH = 16
export const MAX_SPEED = 17
export const ROAD_LANES_FROM = 18
export const LANE_ROAD = 19
export const IS_ENTERING = 20
export const LANE_LINKS_FROM = 21
export const LANE_LINKS = 22
export const LINK_START = 23
export const LINK_END = 24
export const LINK_ROAD_LINK = 25
export const LINK_RANK = 26
export const CROSSES_FROM = 27
export const CROSS_AT = 28
export const CROSS_FOE = 29
export const CROSS_FOE_AT = 30
export const INTERSECTION_ROAD_LINKS_FROM = 31
export const INTERSECTION_LINKS_FROM = 32
export const PHASES_FROM = 33
export const PHASE_TIME = 34
export const PHASE_GREEN_FROM = 35
export const PHASE_GREEN = 36
export const ROAD_LINK_END = 37
export const SIGNALS = 38
export const ENTRIES_FROM = 39
export const ENTRIES = 40
export const EXITS_FROM = 41
export const EXITS = 42
export const NEIGHBOURS_FROM = 43
export const NEIGHBOURS = 44
export const MOVEMENTS_FROM = 45
export const MOVEMENTS = 46
export const MOVEMENT_LANES_FROM = 47
export const MOVEMENT_LANES = 48
export const ROUTES = 49
export const ROUTES_FROM = 50
export const TRIPS_FROM = 51
export const TRIP_TYPE = 52
export const TRIP_ROUTE = 53
export const TRIP_ORDER = 54
export const ROOMS_FROM = 55

/** Columns of the world. */
export const COUNTS = 56
export const TYPES = 57
export const OWN_ROUTES = 58
export const GENERATOR = 59
export const PRIORITIES = 60
export const FREE = 61
/** Of vehicles, from `TRIP` to `BEHIND`: they move when vehicles get other slots. */
export const TRIP = 62
export const TYPE = 63
export const PRIORITY = 64
export const SPAWNED = 65
export const ENTERED = 66
export const DEPARTED = 67
export const WAITED = 68
export const POSITION = 69
export const SPEED = 70
export const WANTED_SPEED = 71
export const DRIVABLE = 72
export const PREVIOUS = 73
export const NEXT_LINK = 74
export const ROUTE_AT = 75
export const ROUTE_LAST = 76
export const BLOCKER = 77
export const BEHIND = 78
/** Of drivables, signals and the step. */
export const LISTS = 79
export const QUEUE = 80
export const QUEUE_STEPS = 81
export const PASSED = 82
export const ORDER = 83
export const WAITING = 84
export const OCCUPIED_BITS = 85
export const WAITING_BITS = 86
export const OCCUPIED = 87
export const LEFT = 88
export const CLAIMED = 89
export const GREEN = 90
export const PHASE = 91
export const REMAINING = 92
export const CHOSEN = 93
export const GREEN_STEPS = 94
export const SPAWN_SLOTS = 95
export const LEAVING = 96
export const NEXT_POSITION = 97
export const NEXT_SPEED = 98
export const NEXT_BLOCKER = 99
export const NEXT_ROUTE_AT = 100
export const TARGET = 101
export const PUSHED = 102
export const WORLD_WORDS = 103
