import { looksLikePath } from '../../../runtime/core/modules.ts'
import { resolveTraining } from '../../../runtime/launch/config.ts'
import { type TrainObserver, type TrainSummary, train } from '../../../runtime/launch/train.ts'

const SMALL_BATTLE: Readonly<Record<string, unknown>> = { agents: 16, mapSize: 16, maxSteps: 60 }

/** A training that takes less than a second, most of it to start. */
const SMALL: Readonly<Record<string, unknown>> = {
  worlds: 4,
  threads: 1,
  segmentSteps: 8,
  checkpointEvery: 1_000_000,
  evalEpisodes: 0,
  steps: 400,
  learner: 'thread',
}
/** Of algorithms with networks. */
const SMALL_NETWORK: Readonly<Record<string, unknown>> = { hidden: [16], batchSize: 64 }
const TABULAR = ['tabular-q', 'wolf-phc']
/** Of algorithms with a replay. */
const SMALL_REPLAY: Readonly<Record<string, unknown>> = { learningStarts: 200, replayCapacity: 2000 }
const WITHOUT_REPLAY = ['iac', 'ippo', 'mfac', 'commnet', 'bicnet', 'netac', 'netpg', ...TABULAR]

/** A training without a command line. @param stopAt steps at which it is told to stop */
export async function trainSmall(
  out: string,
  values: Readonly<Record<string, unknown>>,
  stopAt: number = Number.POSITIVE_INFINITY,
  observer: Partial<TrainObserver> = {},
): Promise<TrainSummary> {
  const { scenario = 'battle', ...options } = values
  const algorithm = String(options['algorithm'])
  const replay = WITHOUT_REPLAY.includes(algorithm) || looksLikePath(algorithm) ? {} : SMALL_REPLAY
  const network = TABULAR.includes(algorithm) ? {} : SMALL_NETWORK
  const world = scenario === 'battle' ? SMALL_BATTLE : {}
  const layer = {
    source: 'file',
    name: 'test',
    values: { ...SMALL, ...network, ...replay, ...world, ...options },
  } as const
  const config = await resolveTraining(String(scenario), [layer])
  const controller = new AbortController()
  return train(config, out, controller.signal, {
    log: () => undefined,
    evaluation: () => undefined,
    ...observer,
    progress(steps, of, figures) {
      observer.progress?.(steps, of, figures)
      if (steps >= stopAt) controller.abort()
    },
  })
}
