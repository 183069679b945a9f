import { loadScenario } from '../../../scenarios/registry.ts'
import { commandSchema } from '../config.ts'
import { formatTable } from '../console.ts'
import { tournamentOptions } from '../options.ts'
import { defaultTournamentOut, readTraining, resolveTournament } from '../tournament/config.ts'
import { playTournament, type TournamentSummary } from '../tournament/play.ts'
import { STANDINGS_HEADER, standingRows } from '../tournament/write.ts'
import type { Command } from './command.ts'
import { shownPath } from './shown-path.ts'

export const tournamentCommand: Command = {
  usage: 'tournament [runs..]',
  summary: 'every policy against every other: win rates, Elo and a page of charts',
  examples: [
    ['manyfold tournament runs/a runs/b nearest-enemy random', 'two runs, a scripted policy and random play'],
    ['manyfold tournament runs/mine/checkpoints/* --episodes 200', 'all checkpoints that a run has kept'],
    ['manyfold tournament runs/* --out tournaments/all', 'the same again goes on where it was stopped'],
  ],

  stops: 'well',
  async options(_, runs) {
    const [first] = await readTraining(runs)
    return first === undefined
      ? tournamentOptions
      : commandSchema(tournamentOptions, await loadScenario(first.run.scenario))
  },

  async run({ runs, layers, console, signal }) {
    const config = await resolveTournament(runs, layers)
    const out = config.options.out ?? defaultTournamentOut(config)
    const summary = await playTournament(config, out, signal, {
      log: (line) => console.log(line),
      progress: (done, of, pair) => console.progress('episodes', done, of, pair),
    })
    console.endProgress()
    console.result(describe(summary), summary)
    return 0
  },
}

function describe(summary: TournamentSummary): string {
  const lines = [
    formatTable(STANDINGS_HEADER, standingRows(summary.standings)),
    '',
    `page         ${shownPath(summary.page)}`,
  ]
  if (summary.status === 'interrupted') lines.push('stopped before its end; the same command goes on')
  return lines.join('\n')
}
