import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { loadAlgorithm, resolveAlgorithm } from '../../../learners/registry.ts'
import { loadScenario, resolveScenario } from '../../../scenarios/registry.ts'
import { type Layer, toFlag } from '../../core/config.ts'
import { RuntimeError } from '../../core/errors.ts'
import { readJson } from '../../core/files.ts'
import type { AnyScenario } from '../../core/scenario.ts'
import { openCheckpoint } from '../../store/checkpoint.ts'
import { runFolderAt } from '../../store/run-folder.ts'
import {
  canChangeSides,
  defaultAlgorithm,
  planScenario,
  resolveTraining,
  scenarioFlags,
  strongest,
  type TrainConfig,
  trainSchema,
} from '../config.ts'
import { formatCount, formatTable } from '../console.ts'
import type { MatchResult } from '../match.ts'
import { policyKey } from '../play-config.ts'
import { refuseOtherRun } from '../resumed-run.ts'
import type { ReturnResult } from '../returns.ts'
import { defaultOut, type TrainSummary, train } from '../train.ts'
import type { Command } from './command.ts'
import { shownPath } from './shown-path.ts'

const DEFAULT_SCENARIO = 'battle'

export const trainCommand: Command = {
  usage: 'train [scenario]',
  summary:
    'train a policy, in self-play or against another, with a learner process beside the rollout threads',
  examples: [
    ['manyfold train battle', 'mean-field Q-learning on the 64 against 64 battle'],
    [
      'manyfold train battle --algorithm iql --steps 100000 --seed 1',
      'independent Q-learning, longer, other seed',
    ],
    ['manyfold train battle --schedule sync --threads 2', 'reproducible to the byte, whatever the threads'],
    ['manyfold train --config run.yaml --out runs/mine', 'options from a file, run folder by name'],
    ['manyfold train --resume runs/mine', 'go on where Ctrl-C stopped'],
  ],

  stops: 'well',
  async options({ scenario, algorithm, resume }) {
    const earlier = resume === undefined ? undefined : await readEarlierRun(resume)
    const loaded = await loadScenario(scenario ?? earlier?.scenario ?? DEFAULT_SCENARIO)
    const name = algorithm ?? earlier?.algorithm ?? defaultAlgorithm(loaded)
    return trainSchema(loaded, await loadAlgorithm(name))
  },

  async run({ positionals, layers, console, signal }) {
    const resume = strongest(layers, 'resume')
    const earlier = resume === undefined ? undefined : await readEarlierRun(resume)
    const scenario = positionals['scenario'] ?? earlier?.scenario ?? DEFAULT_SCENARIO
    if (earlier) {
      // Before the options are: those of another run would be refused for their names.
      refuseOtherRun(earlier.folder, earlier, {
        scenario: resolveScenario(scenario),
        algorithm: resolveAlgorithm(strongest(layers, 'algorithm') ?? earlier.algorithm),
      })
    }
    const config = await resolveTraining(scenario, earlier ? [...layers, earlier.layer] : layers)
    const out = config.run.out ?? earlier?.folder ?? defaultOut(config, new Date())
    const summary = await train(config, out, signal, {
      log: (line) => console.log(line),
      progress: (steps, of, figures) => console.progress('training', steps, of, describeFigures(figures)),
      evaluation: (what, done, of) => console.progress(what, done, of, `${done} episodes`),
    })
    console.endProgress()
    console.result(describeSummary(summary, config), summary)
    return 0
  },
}

interface EarlierRun {
  readonly folder: string
  readonly scenario: string
  readonly algorithm: string
  readonly layer: Layer
}

/** The config of the run that is resumed: the weakest layer. */
async function readEarlierRun(resume: string): Promise<EarlierRun> {
  const folder = await findRun(resolve(resume))
  const { configFile } = runFolderAt(folder)
  const {
    scenario,
    $environment: _,
    out: __,
    resume: ___,
    ...values
  } = await readJson(configFile, z.looseObject({ scenario: z.string(), algorithm: z.string() }))
  return {
    folder,
    scenario,
    algorithm: values.algorithm,
    layer: { source: 'file', name: configFile, values },
  }
}

/** The run's folder of a path to it, to its checkpoints or to one of them. */
async function findRun(path: string): Promise<string> {
  for (const folder of [path, dirname(path), dirname(dirname(path))]) {
    if (existsSync(runFolderAt(folder).configFile)) return folder
  }
  const { folder } = await openCheckpoint(path)
  throw new RuntimeError(
    'ERR_FILE_MISSING',
    `${folder}: expected the run's config.json two folders above it, got none`,
  )
}

/** What a progress bar shows beside it. */
export function describeFigures(figures: Readonly<Record<string, number>>): string {
  const shown: string[] = []
  const rate = figures['agentStepsPerSecond']
  if (rate !== undefined) shown.push(`${formatCount(rate)} agent-steps/s`)
  if (figures['updates'] !== undefined) shown.push(`${formatCount(figures['updates'])} updates`)
  if (figures['loss'] !== undefined) shown.push(`loss ${figures['loss'].toPrecision(3)}`)
  if (figures['episodeReward'] !== undefined) shown.push(`reward ${figures['episodeReward'].toFixed(1)}`)
  return shown.join(', ')
}

function describeSummary(summary: TrainSummary, config: TrainConfig): string {
  const { counters } = summary
  const lines = [
    `${summary.status === 'done' ? 'trained' : 'stopped after'} ${formatCount(summary.steps)} steps, ` +
      `${formatCount(summary.agentSteps)} agent-steps in ${summary.seconds.toFixed(0)} s ` +
      `(${formatCount(summary.agentStepsPerSecond)} agent-steps/s, learner on ${summary.backend})`,
  ]
  if (
    counters.lostTransitions +
      counters.droppedSegments +
      counters.learnerRestarts +
      counters.rolloutRestarts >
    0
  ) {
    lines.push(
      `learner restarts ${counters.learnerRestarts}, rollout restarts ${counters.rolloutRestarts}, ` +
        `transitions lost ${counters.lostTransitions}, segments dropped ${counters.droppedSegments}`,
    )
  }
  if (summary.evaluation.length > 0) lines.push('', describeEvaluation(summary.evaluation))
  if (summary.returns.length > 0) lines.push('', describeReturns(summary.returns, config.scenario))
  lines.push('', `checkpoint   ${shownPath(summary.checkpoint)}`)
  if (summary.status === 'interrupted')
    lines.push(`go on with   npx manyfold train --resume ${shownPath(summary.out)}`)
  else {
    const other = summary.evaluation.at(-1)?.blue.policy ?? summary.returns.at(-1)?.policy
    if (other) lines.push(`look further npx manyfold ${evalCommandOf(summary, config, other)}`)
    if (!canChangeSides(planScenario(config), summary.learningGroup))
      lines.push(`look further npx manyfold ${playCommand(summary, config)}`)
    lines.push(`curves       tensorboard --logdir ${shownPath(summary.out)}`)
  }
  return lines.join('\n')
}

/** Evaluates what was trained beside another policy. */
function evalCommandOf({ out }: TrainSummary, { scenario, reference }: TrainConfig, other: string): string {
  const { policyFlag } = scenario
  if (policyFlag === undefined) return `eval --red ${shownPath(out)} --blue ${other} --episodes 100`
  return `eval ${reference} --${toFlag(policyFlag)} ${shownPath(out)},${other}`
}

/** Plays one episode of what was trained, with its opponent, all other groups at random. */
function playCommand({ out, learningGroup, opponent }: TrainSummary, config: TrainConfig): string {
  const { reference } = config
  const scenario = reference.startsWith('file:') ? shownPath(fileURLToPath(reference)) : reference
  const policy = (group: string, name: string) => [`--${toFlag(policyKey(config.scenario, group))}`, name]
  const policies = [
    ...policy(learningGroup, shownPath(out)),
    ...(opponent?.groups ?? []).flatMap((group) => policy(group, config.run.opponent)),
  ]
  return ['run', scenario, ...scenarioFlags(config), ...policies].join(' ')
}

/** One row an opponent. */
export function describeEvaluation(results: readonly MatchResult[]): string {
  const percent = (value: number) => `${(100 * value).toFixed(0)}%`
  return formatTable(
    [
      'red',
      'blue',
      'battles',
      'red wins',
      'draws',
      'red win rate',
      '95% interval',
      'red reward',
      'blue reward',
    ],
    results.map(({ red, blue, episodes, draws }) => [
      red.policy,
      blue.policy,
      String(episodes),
      String(red.wins),
      String(draws),
      percent(red.winRate),
      `${percent(red.interval[0])} – ${percent(red.interval[1])}`,
      red.meanReward.toFixed(1),
      blue.meanReward.toFixed(1),
    ]),
  )
}

/** One row a policy. */
export function describeReturns(
  results: readonly ReturnResult[],
  { averages = [], shown = averages === 'all' ? [] : averages }: AnyScenario,
): string {
  return formatTable(
    ['policy', 'episodes', 'mean return', '95% interval', 'mean steps', ...shown],
    results.map(({ policy, episodes, meanReturn, interval, meanSteps, metrics }) => [
      policy,
      String(episodes),
      meanReturn.toFixed(1),
      interval === undefined ? '' : `${interval[0].toFixed(1)} – ${interval[1].toFixed(1)}`,
      meanSteps.toFixed(1),
      ...shown.map((name) => metrics[name]!.toFixed(2)),
    ]),
  )
}
