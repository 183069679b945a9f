import { join } from 'node:path'
import { replaceDurably } from '../../store/durable-files.ts'
import { writeJsonAtomic } from '../../store/json-file.ts'
import type { Chart, Matrix, Page, Table } from '../page/page.ts'
import { renderPage } from '../page/page.ts'
import { interval, percent, toCsv, toMarkdown } from '../tables.ts'
import type { TournamentSummary } from './play.ts'
import type { PairResult, Performance, Standing } from './standings.ts'

/**
 * Writes a tournament's results into its folder, as tables, JSON and a page. Each file has the old or the new content,
 * never a part of it.
 *
 * @throws ERR_OUTPUT_UNWRITABLE
 */
export async function writeTournament(
  folder: string,
  results: Omit<TournamentSummary, 'out' | 'page'>,
): Promise<TournamentSummary> {
  const page = join(folder, 'index.html')
  const summary = { ...results, out: folder, page }
  const write = (name: string, text: string) => replaceDurably(join(folder, name), Buffer.from(text))
  await write('standings.csv', standingsCsv(summary.standings))
  await write('pairs.csv', pairsCsv(summary.pairs))
  await write('summary.md', markdownOf(summary))
  await write('index.html', renderPage(pageOf(summary)))
  await writeJsonAtomic(join(folder, 'summary.json'), summary)
  return summary
}

export const STANDINGS_HEADER = [
  'policy',
  'Elo',
  '95% interval',
  'episodes',
  'wins',
  'draws',
  'losses',
  'win rate',
  '95% interval',
  'killing index',
  'mean reward',
  'total reward',
] as const

/** The rows of a table of standings, in words. */
export function standingRows(standings: readonly Standing[]): string[][] {
  return standings.map((standing) => [
    standing.policy,
    standing.elo.toFixed(0),
    interval(standing.eloInterval, (end) => end.toFixed(0)),
    ...recordOf(standing),
    killingIndexOf(standing),
    standing.meanReward.toFixed(1),
    standing.totalReward.toFixed(1),
  ])
}

const PAIRS_HEADER = [
  'policy',
  'opponent',
  'episodes',
  'wins',
  'draws',
  'losses',
  'win rate',
  '95% interval',
  'killing index',
  'mean reward',
] as const

/** Each pair once, whoever stands higher first. */
function pairRows({ standings, pairs }: TournamentSummary): string[][] {
  const place = new Map(standings.map(({ policy }, index) => [policy, index]))
  return pairs
    .filter(({ policy, opponent }) => place.get(policy)! < place.get(opponent)!)
    .map((pair) => [
      pair.policy,
      pair.opponent,
      ...recordOf(pair),
      killingIndexOf(pair),
      pair.meanReward.toFixed(1),
    ])
}

function recordOf(performance: Performance): string[] {
  return [
    String(performance.episodes),
    String(performance.wins),
    String(performance.draws),
    String(performance.losses),
    percent(performance.winRate),
    interval(performance.interval, percent),
  ]
}

function killingIndexOf({ killingIndex }: Performance): string {
  if (killingIndex === undefined || Number.isNaN(killingIndex)) return ''
  return killingIndex === Number.POSITIVE_INFINITY ? '∞' : killingIndex.toFixed(2)
}

function standingsCsv(standings: readonly Standing[]): string {
  return toCsv(
    ['policy', 'elo', 'eloLow', 'eloHigh', ...PERFORMANCE_COLUMNS],
    standings.map((standing) => [
      standing.policy,
      standing.elo,
      ...standing.eloInterval,
      ...figuresOf(standing),
    ]),
  )
}

function pairsCsv(pairs: readonly PairResult[]): string {
  return toCsv(
    ['policy', 'opponent', ...PERFORMANCE_COLUMNS],
    pairs.map((pair) => [pair.policy, pair.opponent, ...figuresOf(pair)]),
  )
}

const PERFORMANCE_COLUMNS = [
  'episodes',
  'wins',
  'draws',
  'losses',
  'winRate',
  'winRateLow',
  'winRateHigh',
  'killingIndex',
  'meanReward',
  'totalReward',
] as const

function figuresOf(performance: Performance): (number | undefined)[] {
  const { episodes, wins, draws, losses, winRate, killingIndex, meanReward, totalReward } = performance
  return [
    episodes,
    wins,
    draws,
    losses,
    winRate,
    ...performance.interval,
    killingIndex,
    meanReward,
    totalReward,
  ]
}

const ELO_NOTE =
  'Elo: Bradley–Terry, a draw being half a win, the mean 1500, with half a win more of each against every other as a prior; 95% ' +
  'intervals by weighing episodes at random. Win rate: wins / episodes, with Wilson’s 95% interval. Killing index: enemies killed / own killed.'

function leadOf(summary: TournamentSummary): string[] {
  const { standings, scenario, seed, selection, episodesPerPair, episodes } = summary
  const state = summary.status === 'done' ? '' : ', stopped before its end'
  return [
    `${standings.length} policies in ${scenario}, ${episodesPerPair} episodes each pair, sides swapped; ${episodes} episodes in all${state}. ` +
      `Actions ${selection}, seed ${seed}.`,
  ]
}

function markdownOf(summary: TournamentSummary): string {
  return [
    `# Tournament: ${summary.scenario}\n`,
    ...leadOf(summary).map((sentence) => `${sentence}\n`),
    toMarkdown(STANDINGS_HEADER, standingRows(summary.standings)),
    `${ELO_NOTE}\n`,
    '## Pairs\n',
    toMarkdown(PAIRS_HEADER, pairRows(summary)),
  ].join('\n')
}

function pageOf(summary: TournamentSummary): Page {
  const { standings } = summary
  const table: Table = {
    kind: 'table',
    header: STANDINGS_HEADER,
    rows: standingRows(standings),
    caption: ELO_NOTE,
  }
  return {
    title: `Tournament: ${summary.scenario}`,
    lead: leadOf(summary),
    written: new Date(),
    sections: [
      {
        title: 'Standings',
        blocks: [table, { kind: 'charts', charts: [eloChart(standings), rewardChart(standings)] }],
      },
      { title: 'Cross-play', blocks: [crossPlay(summary)] },
      {
        title: 'Pairs',
        blocks: [
          {
            kind: 'table',
            header: PAIRS_HEADER,
            rows: pairRows(summary),
            caption: 'Each pair once; the killing index and the mean reward are those of the first policy.',
          },
        ],
      },
      {
        title: 'Options',
        blocks: [
          {
            kind: 'table',
            header: ['option', 'value'],
            rows: Object.entries(summary.scenarioOptions)
              .filter(([, value]) => value !== undefined)
              .map(([key, value]) => [key, String(value)]),
            caption: `Of ${summary.scenario}.`,
          },
        ],
      },
    ],
  }
}

function eloChart(standings: readonly Standing[]): Chart {
  return {
    title: 'Elo',
    caption: 'Ratings with their 95% intervals; what is further right is stronger.',
    data: {
      kind: 'intervals',
      label: 'Elo (points)',
      valueName: 'rating',
      intervalName: '95% interval',
      rows: standings.map(({ policy, elo, eloInterval }) => ({
        name: policy,
        value: elo,
        interval: eloInterval,
      })),
    },
  }
}

function rewardChart(standings: readonly Standing[]): Chart {
  return {
    title: 'Reward',
    caption: 'Mean total reward of a side in an episode, with its 95% interval by the normal distribution.',
    data: {
      kind: 'intervals',
      label: 'mean reward (per side and episode)',
      valueName: 'mean',
      intervalName: '95% interval',
      rows: standings.map(({ policy, meanReward, rewardInterval }) => ({
        name: policy,
        value: meanReward,
        ...(rewardInterval && { interval: rewardInterval }),
      })),
    },
  }
}

function crossPlay({ standings, pairs }: TournamentSummary): Matrix {
  const names = standings.map(({ policy }) => policy)
  const found = (policy: string, opponent: string) =>
    pairs.find((pair) => pair.policy === policy && pair.opponent === opponent)
  return {
    kind: 'matrix',
    names,
    cells: names.map((policy) =>
      names.map((opponent) => {
        const pair = found(policy, opponent)
        return (
          pair && {
            share: (pair.wins + pair.draws / 2) / pair.episodes,
            text: percent(pair.winRate),
            detail: interval(pair.interval, percent),
          }
        )
      }),
    ),
    caption:
      'Win rate of the row against the column, with its 95% interval. Blue: the row wins more often than it loses; red: ' +
      'less often. With draws, two cells across the diagonal are less than 100% together.',
  }
}
