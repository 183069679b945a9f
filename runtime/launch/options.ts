import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { BACKEND_NAMES } from '../../learners/backend-names.ts'
import { gameSeed } from '../core/games/game-seed.ts'

const MAX_THREADS = 1024

/** Options that every command has. */
const commonOptions = z.strictObject({
  seed: z
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .default(0)
    .describe('root of everything random: same seed, same result'),
  threads: z
    .number()
    .int()
    .min(1)
    .max(MAX_THREADS)
    .default(availableParallelism())
    .describe('worker threads for rollouts; the result does not depend on it'),
})

/** Of what is written. */
const path = z.string().min(1, 'expected a path')

/** How worlds are laid over threads. */
const rolloutOptions = z.strictObject({
  worlds: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(1)
    .describe('worlds side by side; a single world is shared by all threads in shards'),
  segmentSteps: z
    .number()
    .int()
    .min(1)
    .max(4096)
    .default(32)
    .describe('steps of one world that a thread runs at a stretch'),
})

/** What plays the other groups in training, unless a policy is named. */
export const SELF_PLAY = 'self-play'

export const trainOptions = z.strictObject({
  ...commonOptions.shape,
  ...rolloutOptions.shape,
  segmentSteps: rolloutOptions.shape.segmentSteps.describe(
    'steps of one world that a thread runs at a stretch; where agents do not decide in every step, as many decisions',
  ),
  algorithm: z
    .string()
    .default('mfq')
    .describe('learning algorithm; `manyfold list` names them all; or the path of a module'),
  worlds: rolloutOptions.shape.worlds
    .unwrap()
    .optional()
    .describe(
      'worlds side by side; a single world is shared by all threads in shards; default: 16, fewer of more than 1,024 agents',
    ),
  learningGroup: z.string().optional().describe('group that learns, in turns with those of its kind'),
  opponent: z
    .string()
    .default(SELF_PLAY)
    .describe(
      'policy of the groups that do not learn: self-play, which is what is learned for those of its kind and random for others; or ' +
        'random, a scripted one, or the path of a run or checkpoint, which acts as at the end of its training',
    ),
  sampleAgents: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(512)
    .describe(
      'most agents of the learning group whose experience is recorded; a larger group is sampled anew for each segment, ' +
        'every so many of its list from a drawn start',
    ),
  steps: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe(
      'length of the run: steps of all worlds together, each with all its agents; default: 100,000, fewer of more than ' +
        '2,048 agents',
    ),
  schedule: z
    .enum(['async', 'sync'])
    .default('async')
    .describe('async: rollouts and updates overlap, fastest; sync: they alternate, reproducible to the byte'),
  whenBehind: z
    .enum(['wait', 'drop'])
    .default('wait')
    .describe(
      'async, when the learner cannot keep up: rollouts wait, or the oldest experience is dropped and counted',
    ),
  backend: z
    .enum(['auto', ...BACKEND_NAMES])
    .default('auto')
    .describe('where the learner computes; `manyfold doctor` shows what this machine has'),
  learner: z
    .enum(['process', 'thread'])
    .default('process')
    .describe('the learner as a process of its own over ZeroMQ, or as a thread of this one'),
  out: path.optional().describe('folder of the run; default: runs/<scenario>-<algorithm>-<date>'),
  resume: z.string().optional().describe('folder of a run, or one of its checkpoints, to continue'),
  checkpointEvery: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('steps between checkpoints; default: a tenth of the run'),
  keepCheckpoints: z.number().int().min(1).default(3).describe('how many of the last checkpoints stay'),
  checkpointReplay: z
    .boolean()
    .default(true)
    .describe('keep the replay in checkpoints: larger, but a resumed run continues as if it had not stopped'),
  listen: z
    .string()
    .regex(/^tcp:\/\/.+:(\d+|\*)$/, 'expected tcp://ADDRESS:PORT')
    .optional()
    .describe('endpoint for other machines, e.g. tcp://0.0.0.0:5555: they add rollouts with `manyfold join`'),
  metricsPort: z
    .number()
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe('serve Prometheus metrics on this port of 127.0.0.1'),
  evalEpisodes: z
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe(
      'episodes after training: against random, each scripted policy and a learned opponent, or of each where there is one group; ' +
        'none where groups differ; default: 50, fewer of more than 2,048 agents, at least 4',
    ),
})

const DEFAULT_WORLDS = 16
const DEFAULT_STEPS = 100_000
const DEFAULT_EVAL_EPISODES = 50
const LEAST_EVAL_EPISODES = 4
/** Agents of all worlds together by default, and of one world that is trained for all of the default steps. */
const DEFAULT_AGENTS = 16_384
const SMALL_WORLD_AGENTS = 2048

type Given = z.output<typeof trainOptions>

/** A complete training run. */
export type TrainOptions = Given & {
  readonly learningGroup: string
  readonly worlds: number
  readonly steps: number
  readonly evalEpisodes: number
}

/** Fills in what hangs on the scenario's groups. @param agents of one world */
export function completeTraining(given: Given, learningGroup: string, agents: number): TrainOptions {
  const share = Math.min(1, SMALL_WORLD_AGENTS / agents)
  const fewer = (count: number, least: number) => Math.max(least, Math.floor(count * share))
  return {
    ...given,
    learningGroup,
    worlds: given.worlds ?? Math.max(1, Math.min(DEFAULT_WORLDS, Math.floor(DEFAULT_AGENTS / agents))),
    steps: given.steps ?? fewer(DEFAULT_STEPS, 1),
    evalEpisodes: given.evalEpisodes ?? fewer(DEFAULT_EVAL_EPISODES, LEAST_EVAL_EPISODES),
  }
}

/** Nobody waits for the end of a segment that is not recorded: long ones spare trips between threads. */
const PLAY_SEGMENT_STEPS = 256

export const runOptions = z.strictObject({
  ...commonOptions.shape,
  ...rolloutOptions.shape,
  segmentSteps: rolloutOptions.shape.segmentSteps.default(PLAY_SEGMENT_STEPS),
  steps: z.number().int().min(1).optional().describe('steps of each world; default: one episode'),
  policy: z
    .string()
    .default('random')
    .describe('policy of all groups: random, a scripted one, or a checkpoint'),
})

export const benchOptions = z.strictObject({
  ...commonOptions.shape,
  ...rolloutOptions.shape,
  segmentSteps: rolloutOptions.shape.segmentSteps.default(PLAY_SEGMENT_STEPS),
  policy: z
    .string()
    .default('random')
    .describe(
      'random, a scripted policy, a checkpoint, or mlp: a 64-64 network with minimap and mean action, random weights',
    ),
  observe: z
    .boolean()
    .default(false)
    .describe("pack everyone's observation in every step, also for a policy that does not look at it"),
  steps: z.number().int().min(1).default(200).describe('steps of each world'),
  warmup: z.number().int().min(0).default(20).describe('steps of each world before the clock starts'),
})

export const evalOptions = z.strictObject({
  ...commonOptions.shape,
  episodes: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(50)
    .describe('episodes to play, sides swapped in every other one; who has the higher score at the end wins'),
  selection: z
    .enum(['greedy', 'sampled'])
    .default('greedy')
    .describe(
      'how learned policies choose: the best action, or as at the end of their training; those that mix always do the latter',
    ),
})

export const tournamentOptions = z.strictObject({
  ...evalOptions.shape,
  episodes: evalOptions.shape.episodes
    .unwrap()
    .multipleOf(2, 'expected an even number, half of them on either side')
    .default(50)
    .describe('episodes that each pair plays, an even number: half of them on either side'),
  threads: commonOptions.shape.threads.describe(
    'worker threads, and episodes played at a time; the result does not depend on it',
  ),
  out: path
    .optional()
    .describe(
      'folder of the tournament, in which it also goes on; default: tournaments/<scenario>-<fingerprint>',
    ),
})

export const sweepOptions = z.strictObject({
  seed: commonOptions.shape.seed.describe(
    'first seed of the runs, where the file says only how many there are; and root of the resampling behind intervals',
  ),
  threads: commonOptions.shape.threads
    .unwrap()
    .optional()
    .describe("worker threads of each training; default: the file's, or all cores"),
  jobs: z
    .number()
    .int()
    .min(1)
    .max(1024)
    .default(1)
    .describe('trainings at a time, each with threads and a learner of its own'),
  out: path
    .optional()
    .describe("folder of the sweep, in which it also goes on; default: sweeps/ and the file's name"),
})

export const reportOptions = z.strictObject({
  ...commonOptions.shape,
  axis: z
    .enum(['agent-steps', 'steps', 'seconds'])
    .default('agent-steps')
    .describe('horizontal axis: agent-steps, steps of all worlds, or seconds of training without pauses'),
  out: path.default('report.html').describe('file of the page'),
})

export const verifyOptions = z.strictObject({
  ...commonOptions.shape,
  threads: commonOptions.shape.threads.default(1),
})

export const solveOptions = z.strictObject({
  ...commonOptions.shape,
  seed: commonOptions.shape.seed.describe(
    'root of the search for mixed equilibria of three and more players',
  ),
  gameSeed,
})

export const joinOptions = z.strictObject({
  ...commonOptions.shape,
  worlds: rolloutOptions.shape.worlds.default(16),
  key: z.string().length(40).optional().describe("the head's public key, as it prints it"),
  patience: z
    .number()
    .positive()
    .max(86_400)
    .default(60)
    .describe('seconds to wait for a head that does not answer, or that went away'),
})

/** Commands without options of their own. */
export const listOptions = z.strictObject(commonOptions.shape)
