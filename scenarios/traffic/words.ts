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
/** 1 where vehicles change lanes; arrays that only they need are empty elsewhere. */
export const LANE_CHANGE = 16

/** Bytes of the arena where arrays of the same names start: first those that all worlds share. */
export const LENGTH = 17
export const MAX_SPEED = 18
export const WIDTH = 19
export const ROAD_LENGTH = 20
export const ROAD_LANES_FROM = 21
export const LANE_ROAD = 22
export const IS_ENTERING = 23
export const LANE_LINKS_FROM = 24
export const LANE_LINKS = 25
export const LINK_ROWS = 26
export const LINK_ROAD_LINK = 27
export const CROSS_AT = 28
export const CROSS_FOE = 29
export const INTERSECTION_ROAD_LINKS_FROM = 30
export const INTERSECTION_LINKS_FROM = 31
export const PHASES_FROM = 32
export const PHASE_GREEN_FROM = 33
export const PHASE_GREEN = 34
export const SIGNALS = 35
export const ENTRIES_FROM = 36
export const ENTRIES = 37
export const EXITS_FROM = 38
export const EXITS = 39
export const NEIGHBOURS_FROM = 40
export const NEIGHBOURS = 41
export const INFLOW_FROM = 42
export const INFLOW = 43
export const OUTFLOW_FROM = 44
export const OUTFLOW = 45
export const ROUTES = 46
export const ROUTES_FROM = 47
export const TRIPS_FROM = 48
export const TRIP_TYPE = 49
export const TRIP_ROUTE = 50
export const TRIP_ORDER = 51

/** Columns of the world. */
export const COUNTS = 52
export const TYPES = 53
export const OWN_ROUTES = 54
export const GENERATOR = 55
export const PRIORITIES = 56
export const FREE = 57
/** Of vehicles, from `TRIP` to `BEHIND`: they move when vehicles get other slots. */
export const TRIP = 58
export const TYPE = 59
export const PRIORITY = 60
export const SPAWNED = 61
export const ENTERED = 62
export const DEPARTED = 63
export const WAITED = 64
export const POSITION = 65
export const SPEED = 66
export const WANTED_SPEED = 67
export const DRIVABLE = 68
export const PREVIOUS = 69
export const NEXT_LINK = 70
export const ROUTE_AT = 71
export const ROUTE_LAST = 72
export const BLOCKER = 73
export const BEHIND = 74
/** Of vehicles that change lanes, from `ROUTE_FIRST` to `GAP`: they move as well. */
export const ROUTE_FIRST = 75
export const PARTNER = 76
export const IS_SHADOW = 77
export const WISH = 78
export const OFFSET = 79
export const GAP = 80
/** Of drivables, signals and the step. */
export const LISTS = 81
export const QUEUE = 82
export const QUEUE_STEPS = 83
export const PASSED = 84
export const WAITING = 85
export const OCCUPIED_BITS = 86
export const WAITING_BITS = 87
export const OCCUPIED = 88
export const LEFT = 89
export const CLAIMED = 90
export const GREEN = 91
export const PHASE = 92
export const CHOSEN = 93
export const GREEN_STEPS = 94
export const SPAWN_SLOTS = 95
export const LEAVING = 96
export const NEXT_POSITION = 97
export const NEXT_SPEED = 98
export const NEXT_BLOCKER = 99
export const LINK_AHEAD = 100
export const NEXT_ROUTE_AT = 101
export const TARGET = 102
export const PUSHED = 103
/** What a step needs for changes of lanes. */
export const WISHERS = 104
export const WISHER_COUNTS = 105
export const WISH_KEYS = 106
export const RECEIVED = 107
export const SEGMENT = 108
export const TARGET_LEADER = 109
export const TARGET_FOLLOWER = 110
export const FOLLOWER_GAP = 111
export const OPEN_SPEED = 112
export const NEXT_OFFSET = 113
export const DEFERRED = 114
export const WORLD_WORDS = 115
