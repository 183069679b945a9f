import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { resolveTournament } from '../../../runtime/launch/tournament/config.ts'
import { playTournament, type TournamentSummary } from '../../../runtime/launch/tournament/play.ts'

export interface PlayOptions {
  /** Episodes of this process after which it is told to stop. */
  readonly stopAfter?: number
  readonly onLog?: (line: string) => void
}

/** A tournament without a command line. */
export async function play(
  policies: readonly string[],
  out: string,
  values: Readonly<Record<string, unknown>> = {},
  { stopAfter = Number.POSITIVE_INFINITY, onLog = () => undefined }: PlayOptions = {},
): Promise<TournamentSummary> {
  const layer = { source: 'flag', name: 'test', values: { episodes: 4, threads: 2, ...values } } as const
  const config = await resolveTournament(policies, [layer])
  const controller = new AbortController()
  return playTournament(config, out, controller.signal, {
    log: onLog,
    progress(done) {
      if (done >= stopAfter) controller.abort()
    },
  })
}

/** The episodes in a tournament's folder, as they stand there. */
export function gamesIn(out: string): readonly string[] {
  return readFileSync(join(out, 'games.jsonl'), 'utf8').split('\n').slice(0, -1)
}

/** What of a summary does not hang on its folder. */
export function resultsOf(summary: TournamentSummary): object {
  return { ...summary, out: '', page: '' }
}
