import { z } from 'zod'
import { RuntimeError } from '../../runtime/core/errors.ts'
import type { SignalTiming } from './signals.ts'

/** Parts of a signal's observation. */
const FEATURES = ['queue', 'vehicles', 'approaching', 'pressure', 'phase', 'elapsed'] as const
export type Feature = (typeof FEATURES)[number]

export const REWARDS = ['queue', 'pressure', 'waiting', 'throughput'] as const

const seconds = z.number().min(0).max(86_400)

export const trafficOptions = z.strictObject({
  data: z
    .string()
    .optional()
    .describe(
      "CityFlow's config.json, or the folder that holds it; --config takes it, too; default: a grid of 3 × 3 " +
        'intersections with 1,500 random trips an hour',
    ),
  maxSteps: z.number().int().min(1).max(10_000_000).default(3600).describe('steps of an episode'),
  protocol: z
    .enum(['cityflow', 'colight'])
    .default('cityflow')
    .describe(
      'how signals act: cityflow, any phase of the file and at once; colight, as in the papers of its family, ' +
        'the second to the fifth phase with 5 s of the first one in between, decisions every 15 s',
    ),
  phases: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe('phases that a signal chooses from, at most; default: 4 with colight, else all'),
  decisionInterval: seconds
    .min(0.001)
    .optional()
    .describe('seconds from one decision of a signal to the next; default: 15 with colight, else 10'),
  minGreen: seconds.default(0).describe('least seconds of a green'),
  yellowTime: seconds
    .optional()
    .describe('seconds between two greens in which --yellow-phase is shown; default: 5 with colight, else 0'),
  yellowPhase: z
    .number()
    .int()
    .min(0)
    .max(1000)
    .default(0)
    .describe('phase that stands for yellow: in published data sets the first one lets only right turns go'),
  allRedTime: seconds.default(0).describe('seconds of red for all before a green, after the yellow'),
  rerouteEvery: seconds
    .optional()
    .describe(
      'seconds from one time when vehicles turn to faster routes to the next; by default they keep theirs',
    ),
  actions: z
    .enum(['phase', 'switch'])
    .default('phase')
    .describe('what a signal decides: its next phase, or whether to switch to the one that follows'),
  features: z
    .array(z.enum(FEATURES))
    .min(1)
    .default(['queue', 'approaching', 'pressure', 'phase', 'elapsed'])
    .describe(`what a signal sees of itself, any of ${FEATURES.join(',')}`),
  neighbours: z
    .number()
    .int()
    .min(0)
    .max(16)
    .default(0)
    .describe('next signals upstream of which a signal sees the same'),
  reward: z
    .enum(REWARDS)
    .default('queue')
    .describe(
      'of a signal from one decision to the next: standing vehicles on its lanes, its pressure, or the time that its ' +
        'vehicles have stood, all negative; or the vehicles that passed',
    ),
})

/**
 * Steps from one rerouting to the next.
 *
 * @param interval seconds of a step
 * @throws ERR_CONFIG_INVALID for less than a step, and for what is no whole number of steps
 */
export function rerouteStepsOf(time: number, interval: number): number {
  const steps = stepsOf('rerouteEvery', time, interval)
  if (steps > 0) return steps
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `rerouteEvery: expected at least a step, ${interval} s, got ${time} s; leave it out for vehicles that keep their routes`,
    { details: { field: 'rerouteEvery', got: time, interval } },
  )
}

/** @throws ERR_CONFIG_INVALID for a time that is no whole number of steps */
function stepsOf(key: string, time: number, interval: number): number {
  const steps = Math.round(time / interval)
  if (Math.abs(steps * interval - time) <= 1e-6 * interval) return steps
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `${key}: expected a whole number of steps of ${interval} s, got ${time} s`,
    { details: { field: key, got: time, interval } },
  )
}

export type TrafficOptions = z.output<typeof trafficOptions>

/**
 * @param interval seconds of a step
 * @throws ERR_CONFIG_INVALID for times that are no whole number of steps, and for junctions that never clear
 */
export function timingOf(options: TrafficOptions, interval: number): SignalTiming {
  const isColight = options.protocol === 'colight'
  // Standard times need not fit the steps of a file.
  const given = (key: 'decisionInterval' | 'yellowTime', standard: number) =>
    options[key] === undefined ? Math.round(standard / interval) : stepsOf(key, options[key], interval)
  const timing = {
    firstPhase: isColight ? 1 : 0,
    mostPhases: options.phases ?? (isColight ? 4 : Number.POSITIVE_INFINITY),
    isSwitch: options.actions === 'switch',
    decisionSteps: Math.max(1, given('decisionInterval', isColight ? 15 : 10)),
    minGreen: stepsOf('minGreen', options.minGreen, interval),
    yellow: given('yellowTime', isColight ? 5 : 0),
    yellowPhase: options.yellowPhase,
    allRed: stepsOf('allRedTime', options.allRedTime, interval),
  }
  const clearing = timing.yellow + timing.allRed
  if (clearing <= timing.decisionSteps) return timing
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `yellowTime, allRedTime: together expected at most the decision interval, ${timing.decisionSteps * interval} s, ` +
      `got ${clearing * interval} s; raise --decision-interval, or no junction is ever clear`,
    { details: { field: 'yellowTime', clearing, decisionSteps: timing.decisionSteps } },
  )
}
