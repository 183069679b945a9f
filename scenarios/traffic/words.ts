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
export const LINK_START = 26
export const LINK_END = 27
export const LINK_ROAD_LINK = 28
export const LINK_RANK = 29
export const CROSSES_FROM = 30
export const CROSS_AT = 31
export const CROSS_FOE = 32
export const CROSS_FOE_AT = 33
export const INTERSECTION_ROAD_LINKS_FROM = 34
export const INTERSECTION_LINKS_FROM = 35
export const PHASES_FROM = 36
export const PHASE_TIME = 37
export const PHASE_GREEN_FROM = 38
export const PHASE_GREEN = 39
export const ROAD_LINK_END = 40
export const SIGNALS = 41
export const ENTRIES_FROM = 42
export const ENTRIES = 43
export const EXITS_FROM = 44
export const EXITS = 45
export const NEIGHBOURS_FROM = 46
export const NEIGHBOURS = 47
export const MOVEMENTS_FROM = 48
export const MOVEMENTS = 49
export const MOVEMENT_LANES_FROM = 50
export const MOVEMENT_LANES = 51
export const ROUTES = 52
export const ROUTES_FROM = 53
export const TRIPS_FROM = 54
export const TRIP_TYPE = 55
export const TRIP_ROUTE = 56
export const TRIP_ORDER = 57
export const ROOMS_FROM = 58

/** Columns of the world. */
export const COUNTS = 59
export const TYPES = 60
export const OWN_ROUTES = 61
export const GENERATOR = 62
export const PRIORITIES = 63
export const FREE = 64
export const TRIP = 65
export const TYPE = 66
export const PRIORITY = 67
export const SPAWNED = 68
export const ENTERED = 69
export const DEPARTED = 70
export const WAITED = 71
export const POSITION = 72
export const SPEED = 73
export const NEXT_POSITION = 74
export const NEXT_SPEED = 75
export const WANTED_SPEED = 76
export const DRIVABLE = 77
export const PREVIOUS = 78
export const TARGET = 79
export const NEXT_LINK = 80
export const ROUTE_AT = 81
export const ROUTE_LAST = 82
export const NEXT_ROUTE_AT = 83
export const BLOCKER = 84
export const NEXT_BLOCKER = 85
export const BEHIND = 86
export const LISTS = 87
export const QUEUE = 88
export const QUEUE_STEPS = 89
export const PASSED = 90
export const ORDER = 91
export const WAITING = 92
export const OCCUPIED_BITS = 93
export const WAITING_BITS = 94
export const OCCUPIED = 95
export const LEFT = 96
export const CLAIMED = 97
export const GREEN = 98
export const PHASE = 99
export const REMAINING = 100
export const CHOSEN = 101
export const GREEN_STEPS = 102
export const SPAWN_SLOTS = 103
export const LEAVING = 104
/** Columns for lane changes. */
export const ROUTE_FIRST = 105
export const PARTNER = 106
export const IS_SHADOW = 107
export const WISH = 108
export const OFFSET = 109
export const GAP = 110
export const WISHERS = 111
export const WISHER_COUNTS = 112
export const WISH_KEYS = 113
export const RECEIVED = 114
export const SEGMENT = 115
export const TARGET_LEADER = 116
export const TARGET_FOLLOWER = 117
export const FOLLOWER_GAP = 118
export const OPEN_SPEED = 119
export const NEXT_OFFSET = 120
export const DEFERRED = 121
export const WORLD_WORDS = 122
