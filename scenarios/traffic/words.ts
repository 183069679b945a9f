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
export const PHASE_GREEN_FROM = 37
export const PHASE_GREEN = 38
export const ROAD_LINK_END = 39
export const SIGNALS = 40
export const ENTRIES_FROM = 41
export const ENTRIES = 42
export const EXITS_FROM = 43
export const EXITS = 44
export const NEIGHBOURS_FROM = 45
export const NEIGHBOURS = 46
export const MOVEMENTS_FROM = 47
export const MOVEMENTS = 48
export const MOVEMENT_LANES_FROM = 49
export const MOVEMENT_LANES = 50
export const ROUTES = 51
export const ROUTES_FROM = 52
export const TRIPS_FROM = 53
export const TRIP_TYPE = 54
export const TRIP_ROUTE = 55
export const TRIP_ORDER = 56

/** Columns of the world. */
export const COUNTS = 57
export const TYPES = 58
export const OWN_ROUTES = 59
export const GENERATOR = 60
export const PRIORITIES = 61
export const FREE = 62
/** Of vehicles, from `TRIP` to `BEHIND`: they move when vehicles get other slots. */
export const TRIP = 63
export const TYPE = 64
export const PRIORITY = 65
export const SPAWNED = 66
export const ENTERED = 67
export const DEPARTED = 68
export const WAITED = 69
export const POSITION = 70
export const SPEED = 71
export const WANTED_SPEED = 72
export const DRIVABLE = 73
export const PREVIOUS = 74
export const NEXT_LINK = 75
export const ROUTE_AT = 76
export const ROUTE_LAST = 77
export const BLOCKER = 78
export const BEHIND = 79
/** Of vehicles that change lanes, from `ROUTE_FIRST` to `GAP`: they move as well. */
export const ROUTE_FIRST = 80
export const PARTNER = 81
export const IS_SHADOW = 82
export const WISH = 83
export const OFFSET = 84
export const GAP = 85
/** Of drivables, signals and the step. */
export const LISTS = 86
export const QUEUE_STEPS = 87
export const PASSED = 88
export const WAITING = 89
export const OCCUPIED_BITS = 90
export const WAITING_BITS = 91
export const OCCUPIED = 92
export const LEFT = 93
export const CLAIMED = 94
export const GREEN = 95
export const PHASE = 96
export const CHOSEN = 97
export const GREEN_STEPS = 98
export const SPAWN_SLOTS = 99
export const LEAVING = 100
export const NEXT_POSITION = 101
export const NEXT_SPEED = 102
export const NEXT_BLOCKER = 103
export const LINK_AHEAD = 104
export const NEXT_ROUTE_AT = 105
export const TARGET = 106
export const PUSHED = 107
/** What a step needs for changes of lanes. */
export const WISHERS = 108
export const WISHER_COUNTS = 109
export const WISH_KEYS = 110
export const RECEIVED = 111
export const SEGMENT = 112
export const TARGET_LEADER = 113
export const TARGET_FOLLOWER = 114
export const FOLLOWER_GAP = 115
export const OPEN_SPEED = 116
export const NEXT_OFFSET = 117
export const DEFERRED = 118
export const WORLD_WORDS = 119
