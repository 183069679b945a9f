import { join } from 'node:path'
import { networkOf, policySpace } from '../../actors/host-plan.ts'
import { RolloutHost } from '../../actors/rollout-host.ts'
import { RuntimeError } from '../core/errors.ts'
import type { LearningTask } from '../core/learner.ts'
import { mostAgents, playersOf } from '../core/scenario.ts'
import type { WorldPlan } from '../core/world.ts'
import { type Checkpoint, openCheckpoint } from '../store/checkpoint.ts'
import { holdFolder } from '../store/folder-lock.ts'
import { writeJsonAtomic } from '../store/json-file.ts'
import { type Metrics, openMetrics } from '../store/metrics.ts'
import { createRunFolder, type RunFolder, removeStillbornRun } from '../store/run-folder.ts'
import { createCurveKeys, ipcEndpoint } from '../transport/endpoints.ts'
import { createRunId } from '../transport/run-id.ts'
import type { SegmentLimits } from './check-joined.ts'
import { findLearningGroup, flattenConfig, planScenario, type TrainConfig } from './config.ts'
import { describeEnvironment } from './environment.ts'
import { type Evaluation, evaluate, NO_EVALUATION } from './evaluation.ts'
import { WEIGHTS_FILE } from './learner-service.ts'
import { loadOpponent, type Opponent, toFixedOpponent, withOpponent } from './opponent.ts'
import { checkNetwork } from './policies.ts'
import { constantsOf, refuseOtherConstants, refuseOtherKind, refuseOtherRun } from './resumed-run.ts'
import { RunFigures } from './run-figures.ts'
import { memoryLimit } from './stage.ts'
import { NO_COUNTS, type RunDescription, type TrainCounters, Trainer, WORLDS_FILE } from './trainer.ts'
import { loadWorlds } from './world-checkpoint.ts'

/** What a training run tells while it goes on. */
export interface TrainObserver {
  /** A line for the log. */
  log(line: string): void
  progress(steps: number, ofSteps: number, figures: Readonly<Record<string, number>>): void
  /** @param what of the evaluation is played, such as `learned against random` */
  evaluation(what: string, done: number, of: number): void
}

export interface TrainSummary extends Pick<Evaluation, 'evaluation' | 'returns'> {
  /** Interrupted before all steps were trained and the evaluation was played: a resumed run does what is left. */
  readonly status: 'done' | 'interrupted'
  readonly scenario: string
  readonly algorithm: string
  readonly learningGroup: string
  /** Who was trained against, and which groups played it; left out in self-play. */
  readonly opponent?: { readonly policy: string; readonly groups: readonly string[] }
  readonly seed: number
  readonly schedule: 'sync' | 'async'
  readonly steps: number
  readonly agentSteps: number
  readonly seconds: number
  readonly agentStepsPerSecond: number
  readonly backend: string
  readonly out: string
  readonly checkpoint: string
  readonly stateHash: string
  readonly counters: Readonly<TrainCounters>
  readonly metrics: Readonly<Record<string, number>>
}

/**
 * Trains one policy, in self-play or against one that is given, from a fresh start or from `checkpoint`, and evaluates it.
 *
 * @param out    the run's folder
 * @param signal ends the run early, with a checkpoint from which it can be resumed
 * @throws ERR_ARENA_TOO_LARGE, ERR_CONFIG_INVALID, ERR_OUTPUT_UNWRITABLE, ERR_OUTPUT_IN_USE, ERR_BACKEND_UNAVAILABLE,
 *         ERR_CHECKPOINT_CORRUPT, ERR_CHECKPOINT_MISMATCH, ERR_LEARNER_DIVERGED, ERR_LEARNER_TIMEOUT, ERR_RESTART_LIMIT
 */
export async function train(
  given: TrainConfig,
  out: string,
  signal: AbortSignal,
  observer: TrainObserver,
): Promise<TrainSummary> {
  const world = planScenario(given)
  const learning = findLearningGroup(world, given.run.learningGroup)
  const opponent = await loadOpponent(given.run.opponent, world, learning)
  const config = withOpponent(given, opponent)
  const { run } = config
  if (opponent && opponent.bystanders.length > 0) {
    const names = namesOf(opponent.bystanders, world).join(' and ')
    observer.log(`--opponent: is not made for ${names}, who act at random`)
  }
  // The memory is planned, and refused, before anything is written.
  const host = openHost(config, world, opponent)
  try {
    config.algorithm.check?.(config.algorithmOptions, learningTask(config, world))
    const resumed = run.resume === undefined ? undefined : await openCheckpoint(run.resume)
    if (resumed) {
      refuseOtherRun(resumed.folder, resumed.state as RunDescription, {
        scenario: config.reference,
        algorithm: run.algorithm,
      })
      refuseOtherKind(resumed, run.learningGroup, world)
      refuseOtherConstants(resumed, world)
      const weights = await resumed.tensors(WEIGHTS_FILE)
      const group = findLearningGroup(world, run.learningGroup)
      checkNetwork(resumed.folder, weights, world, group, config.algorithm.acting(config.algorithmOptions))
    }
    const counters = resumed ? await restore(resumed, host) : NO_COUNTS
    const folder = await createRunFolder(out, { resume: resumed !== undefined })
    const start: RunStart = { counters, resumeFrom: resumed?.folder, opponent }
    try {
      return await holdFolder(folder.folder, () =>
        recordRun(config, world, host, folder, start, signal, observer),
      )
    } catch (error) {
      const isOthers = error instanceof RuntimeError && error.code === 'ERR_OUTPUT_IN_USE'
      if (!resumed && !isOthers) await removeStillbornRun(folder)
      throw error
    }
  } finally {
    await host.close()
  }
}

async function recordRun(
  config: TrainConfig,
  world: WorldPlan,
  host: RolloutHost,
  folder: RunFolder,
  start: RunStart,
  signal: AbortSignal,
  observer: TrainObserver,
): Promise<TrainSummary> {
  const { metricsPort } = config.run
  const metrics = await openMetrics({
    folder: folder.folder,
    now: Date.now,
    resumeStep: start.resumeFrom === undefined ? undefined : start.counters.steps,
    prometheusPort: metricsPort,
  })
  try {
    if (metricsPort !== undefined) {
      observer.log(`metrics on http://127.0.0.1:${metrics.prometheusPort}/metrics`)
    }
    await describeRun(folder, config)
    const summary = await conduct(config, world, host, folder, start, metrics, signal, observer)
    await writeJsonAtomic(folder.summaryFile, summary)
    return summary
  } finally {
    await metrics.close()
  }
}

function openHost(
  { reference, algorithm, algorithmOptions, run }: TrainConfig,
  world: WorldPlan,
  opponent: Opponent | undefined,
): RolloutHost {
  return new RolloutHost({
    world,
    scenario: reference,
    acting: algorithm.acting(algorithmOptions),
    learningGroup: findLearningGroup(world, run.learningGroup),
    ...(opponent && { opponent: toFixedOpponent(opponent, world) }),
    threads: run.threads,
    worlds: run.worlds,
    firstWorld: 0,
    segmentSteps: run.segmentSteps,
    sampleAgents: run.sampleAgents,
    seed: run.seed,
    limitBytes: memoryLimit(),
  })
}

/** The largest segment that any host of the run can record. */
function segmentLimits(
  { segmentSteps, sampleAgents, learningGroup }: TrainConfig['run'],
  world: WorldPlan,
): SegmentLimits {
  const { groups } = world.spec
  const players = playersOf(groups, findLearningGroup(world, learningGroup))
  const most = Math.max(...players.map((group) => groups[group]!.capacity))
  return {
    decisions: segmentSteps,
    steps: segmentSteps * world.decisionSteps,
    rows: (segmentSteps + 1) * Math.min(most, sampleAgents),
    agents: mostAgents(world.spec),
  }
}

function learningTask({ algorithm, algorithmOptions, run }: TrainConfig, world: WorldPlan): LearningTask {
  const { groups } = world.spec
  const learning = findLearningGroup(world, run.learningGroup)
  const players = playersOf(groups, learning).map((group) => groups[group]!)
  return {
    network: networkOf(world, learning, algorithm.acting(algorithmOptions)),
    segmentRows: segmentLimits(run, world).rows,
    isSampled: players.some(({ capacity }) => capacity > run.sampleAgents),
    agents: players.map(({ capacity }) => capacity),
    isZeroSum: players.every(({ zeroSum }) => zeroSum === true),
  }
}

async function describeRun(folder: RunFolder, config: TrainConfig): Promise<void> {
  await writeJsonAtomic(folder.configFile, {
    ...flattenConfig(config),
    $environment: describeEnvironment(),
  })
}

async function restore(checkpoint: Checkpoint, host: RolloutHost): Promise<TrainCounters> {
  loadWorlds(host.pool, await checkpoint.tensors(WORLDS_FILE))
  return (checkpoint.state as { readonly counters: TrainCounters }).counters
}

interface RunStart {
  readonly counters: TrainCounters
  readonly resumeFrom: string | undefined
  /** Undefined in self-play. */
  readonly opponent: Opponent | undefined
}

async function conduct(
  config: TrainConfig,
  world: WorldPlan,
  host: RolloutHost,
  folder: RunFolder,
  { counters, resumeFrom, opponent }: RunStart,
  metrics: Metrics,
  signal: AbortSignal,
  observer: TrainObserver,
): Promise<TrainSummary> {
  const { run, algorithm, algorithmOptions } = config
  const started = performance.now()
  const startSteps = counters.agentSteps
  const figures = new RunFigures(metrics.found)
  let recordedStep = counters.steps
  let backend = ''
  const runId = createRunId()
  const description = describe(config, world)
  const learning = findLearningGroup(world, run.learningGroup)
  const trainer = new Trainer({
    host,
    algorithm,
    algorithmOptions,
    learner: {
      runId,
      endpoint: ipcEndpoint(runId),
      listen: run.listen === undefined ? undefined : { endpoint: run.listen, curve: createCurveKeys() },
      algorithm: run.algorithm,
      options: algorithmOptions,
      setup: {
        space: policySpace(world, learning, algorithm.acting(algorithmOptions)),
        actions: world.spec.groups[learning]!.actions,
        agents: world.spec.groups[learning]!.capacity,
        seed: run.seed,
      },
      schedule: run.schedule,
      selfPlay: opponent === undefined,
      limits: segmentLimits(run, world),
      run: JSON.stringify({
        ...description,
        seed: run.seed,
        segmentSteps: run.segmentSteps,
        sampleAgents: run.sampleAgents,
        opponent: run.opponent,
      }),
      takenWorlds: run.worlds,
      backend: run.backend,
    },
    resumeFrom,
    placement: run.learner,
    schedule: run.schedule,
    whenBehind: run.whenBehind,
    steps: run.steps,
    worlds: run.worlds,
    threads: run.threads,
    checkpointsFolder: folder.checkpointsFolder,
    checkpointEvery: run.checkpointEvery ?? Math.max(1, Math.ceil(run.steps / 10)),
    keepCheckpoints: run.keepCheckpoints,
    checkpointReplay: run.checkpointReplay,
    counters,
    description,
    signal,
    events: {
      log: (line) => observer.log(line),
      learnerUp: ({ up, pid }, restarts) => {
        backend = up.backend
        observer.log(`learner on ${up.backend} (${up.device})${pid === undefined ? '' : `, process ${pid}`}`)
        if (restarts === 0 && up.listen) observer.log(joinCommand(up.listen, up.publicKey))
      },
      episode: (rollout) => figures.addEpisode(rollout),
      learning: (now, learned) => {
        const seconds = (performance.now() - started) / 1000
        figures.set({ ...learned, agentStepsPerSecond: (now.agentSteps - startSteps) / seconds })
        if (now.steps <= recordedStep) return
        recordedStep = now.steps
        metrics.record(now.steps, { ...figures.takeEpisodes(), ...figures.latest, ...now })
      },
      progress: (now, latest) => {
        figures.set(latest)
        observer.progress(now.steps, run.steps, { ...figures.latest, agentSteps: now.agentSteps })
      },
    },
  })
  const result = await trainer.run()
  const seconds = (performance.now() - started) / 1000
  const isTrained = result.status === 'done'
  const { isWhole, ...evaluation } = isTrained
    ? await evaluate(config, world, result.checkpoint, opponent, signal, observer)
    : NO_EVALUATION
  return {
    status: isTrained && isWhole ? 'done' : 'interrupted',
    scenario: config.scenario.name,
    algorithm: algorithm.name,
    learningGroup: run.learningGroup,
    ...(opponent && { opponent: { policy: run.opponent, groups: namesOf(opponent.groups, world) } }),
    seed: run.seed,
    schedule: run.schedule,
    steps: result.counters.steps,
    agentSteps: result.counters.agentSteps,
    seconds,
    agentStepsPerSecond: Math.round((result.counters.agentSteps - startSteps) / seconds),
    backend,
    out: folder.folder,
    checkpoint: result.checkpoint,
    stateHash: result.stateHash,
    counters: result.counters,
    metrics: figures.latest,
    ...evaluation,
  }
}

/** Of groups. */
function namesOf(groups: readonly number[], { spec }: WorldPlan): string[] {
  return groups.map((group) => spec.groups[group]!.name)
}

function describe(config: TrainConfig, world: WorldPlan): RunDescription {
  const { reference, scenarioOptions, algorithmOptions, run } = config
  const { learningGroup, algorithm } = run
  return {
    scenario: reference,
    scenarioOptions,
    algorithm,
    algorithmOptions,
    learningGroup,
    ...constantsOf(world),
  }
}

function joinCommand(endpoint: string, publicKey: string | undefined): string {
  // A key may begin with a dash and has characters that mean something to a shell.
  return `others join with: manyfold join ${endpoint} --key='${publicKey}'`
}

/** Default folder of a run. */
export function defaultOut(config: TrainConfig, now: Date): string {
  const stamp = now.toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '')
  return join('runs', `${config.scenario.name}-${config.algorithm.name}-${stamp}`)
}
