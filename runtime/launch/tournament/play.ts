import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { RuntimeError } from '../../core/errors.ts'
import { createFolder } from '../../store/durable-files.ts'
import { holdFolder } from '../../store/folder-lock.ts'
import { addUp, sidesOf, totalOf } from '../match.ts'
import { openStage, type Stage } from '../stage.ts'
import { inTurns } from '../under-way.ts'
import type { Participant, TournamentConfig } from './config.ts'
import { type Game, openGameRecord } from './record.ts'
import { type Standings, standingsOf } from './standings.ts'
import { writeTournament } from './write.ts'

/** What a tournament tells while it goes on. */
export interface TournamentObserver {
  /** A line for the log. */
  log(line: string): void
  /** Episodes played, of those that there were to play. @param pair such as `mfq against random` */
  progress(done: number, of: number, pair: string): void
}

export interface TournamentSummary extends Standings {
  readonly status: 'done' | 'interrupted'
  readonly scenario: string
  readonly scenarioOptions: Readonly<Record<string, unknown>>
  readonly seed: number
  readonly selection: string
  /** Of each pair, when it is done. */
  readonly episodesPerPair: number
  /** Played in all, those of earlier processes included. */
  readonly episodes: number
  /** The folder with everything. */
  readonly out: string
  /** The HTML page in it. */
  readonly page: string
}

const SEGMENT_STEPS = 256

/**
 * Lets every two participants play, and writes who is how strong. What the folder holds of the same tournament is not
 * played again. Neither the number of threads nor the other participants have a part in how an episode ends.
 *
 * @param out    the tournament's folder
 * @param signal ends it early: what was played until then counts, and is kept
 * @throws ERR_CONFIG_INVALID for a folder with another tournament, ERR_FILE_INVALID for a damaged one,
 *         ERR_OUTPUT_UNWRITABLE, ERR_OUTPUT_IN_USE, ERR_ARENA_TOO_LARGE, ERR_ROLLOUT_FAILED when nothing was played
 */
export async function playTournament(
  config: TournamentConfig,
  out: string,
  signal: AbortSignal,
  observer: TournamentObserver,
): Promise<TournamentSummary> {
  const folder = resolve(out)
  await createFolder(folder)
  return holdFolder(folder, () => playIn(folder, config, signal, observer))
}

async function playIn(
  folder: string,
  config: TournamentConfig,
  signal: AbortSignal,
  observer: TournamentObserver,
): Promise<TournamentSummary> {
  const { participants, options } = config
  const { seed, selection, episodes } = options
  const schedule = scheduleOf(participants, episodes)
  const games = new Map<string, Game>()
  const record = await openGameRecord(folder, config)
  try {
    for (const game of record.found) if (game.episode < episodes) games.set(keyOf(game), game)
    const missing = schedule.filter((entry) => !games.has(keyOf(entry)))
    if (games.size > 0) observer.log(`${games.size} of ${schedule.length} episodes are already played`)
    let done = 0
    await playAll(config, missing, signal, (entry, game) => {
      record.append(game)
      games.set(keyOf(game), game)
      observer.progress(++done, missing.length, `${entry.first.name} against ${entry.second.name}`)
    })
  } finally {
    await record.close()
  }
  if (games.size === 0) {
    throw new RuntimeError('ERR_ROLLOUT_FAILED', 'tournament: stopped before an episode ended')
  }
  return writeTournament(folder, {
    status: games.size === schedule.length ? 'done' : 'interrupted',
    scenario: config.scenario.name,
    scenarioOptions: config.scenarioOptions,
    seed,
    selection,
    episodesPerPair: episodes,
    episodes: games.size,
    ...standingsOf(participants, [...games.values()], seed),
  })
}

/** An episode that is to be played. */
interface Entry {
  readonly pair: readonly [string, string]
  readonly first: Participant
  readonly second: Participant
  readonly episode: number
}

/** All pairs in turn, so that a tournament that is stopped has played about as many of each. */
function scheduleOf(participants: readonly Participant[], episodes: number): Entry[] {
  const sorted = participants.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const pairs = sorted.flatMap((first, i) => sorted.slice(i + 1).map((second) => ({ first, second })))
  return Array.from({ length: episodes }, (_, episode) =>
    pairs.map(({ first, second }): Entry => ({ pair: [first.id, second.id], first, second, episode })),
  ).flat()
}

function keyOf({ pair, episode }: Pick<Entry, 'pair' | 'episode'>): string {
  return `${pair.join(' ')} ${episode}`
}

/** Plays entries in their order, one on each thread. @param onPlayed in the order in which they end */
async function playAll(
  { world, reference, participants, options }: TournamentConfig,
  entries: readonly Entry[],
  signal: AbortSignal,
  onPlayed: (entry: Entry, game: Game) => void,
): Promise<void> {
  if (entries.length === 0) return
  const worlds = Math.min(entries.length, options.threads)
  const open = (count: number): Stage =>
    openStage({
      world,
      scenario: reference,
      policies: participants.map(({ policy }) => policy),
      worlds: count,
      threads: options.threads,
      segmentSteps: SEGMENT_STEPS,
      seed: options.seed,
    })
  const stage = openLargest(worlds, open)
  const sides = sidesOf(world.spec.groups)
  try {
    await inTurns(entries, stage.pool.plan.worldCount, signal, async (entry, index, stop) => {
      const game = await playOne(stage, index, entry, participants, sides, stop)
      if (game !== undefined) onPlayed(entry, game)
    })
  } finally {
    await stage.close()
  }
}

/** With a world for each thread; where memory has no room for them, with one that all threads share. */
function openLargest(worlds: number, open: (worlds: number) => Stage): Stage {
  try {
    return open(worlds)
  } catch (error) {
    if (worlds === 1 || !(error instanceof RuntimeError && error.code === 'ERR_ARENA_TOO_LARGE')) throw error
    return open(1)
  }
}

/** Undefined when it was stopped before its end. */
async function playOne(
  stage: Stage,
  index: number,
  { pair, first, second, episode }: Entry,
  participants: readonly Participant[],
  sides: readonly number[],
  stop: AbortSignal,
): Promise<Game | undefined> {
  const firstSide = episode % 2
  const [own, other] = [participants.indexOf(first), participants.indexOf(second)]
  const assignment = sides.map((side) => (side === firstSide ? own : other))
  const starts = { world: numberOf(pair), episode }
  while (!stop.aborted) {
    const { episode: result } = await stage.play(index, assignment, SEGMENT_STEPS, starts)
    if (result === undefined) continue
    const sideOf = (side: number): Game['sides'][0] => ({
      score: totalOf(result.score, sides, side),
      reward: totalOf(result.groupReward, sides, side),
      figures: addUp(result.groupMetrics.filter((_, group) => sides[group] === side)),
    })
    return {
      pair: [...pair],
      episode,
      steps: result.steps,
      sides: [sideOf(firstSide), sideOf(1 - firstSide)],
    }
  }
  return undefined
}

/** 31 bits that hang on the pair alone. */
function numberOf(pair: readonly [string, string]): number {
  return createHash('sha256').update(pair.join(' ')).digest().readUInt32LE() >>> 1
}
