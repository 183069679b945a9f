import { RuntimeError } from '../core/errors.ts'
import type { Segment } from '../core/experience.ts'
import type { ActingSpec } from '../core/learner.ts'
import type { ObservationSpace } from '../core/observation.ts'

/**
 * What rollout hosts and the learner say to each other. The head is the host that started the run
 * and commands it; joined hosts only send experience and receive parameters.
 */
export type ToLearner =
  /** First message of a session. `progress` counts when the head says it: how far the run is. */
  | { readonly kind: 'host-hello'; readonly worlds: number; readonly progress: number }
  /** Frames: the segment's columns, in the order of `SEGMENT_FRAMES`. */
  | {
      readonly kind: 'segment'
      readonly version: number
      readonly rows: number
      readonly transitions: number
      readonly decisions: number
      readonly steps: number
      readonly agentSteps: number
      /** Episodes that ended (0 or 1) and both sides' total rewards. */
      readonly episodes: number
      readonly mainReward: number
      readonly opponentReward: number
    }
  /** Head only. How far the run is, in [0, 1]. */
  | { readonly kind: 'progress'; readonly progress: number }
  /** Head only: answer to `joined-claim`. */
  | { readonly kind: 'joined-claimed'; readonly id: number; readonly isGranted: boolean }
  /** Head only: make all updates that are due, then answer `round-done`. */
  | { readonly kind: 'round'; readonly round: number; readonly progress: number }
  /** Head only: write weights and state into a folder, then answer `saved`. */
  | { readonly kind: 'save'; readonly folder: string; readonly withReplay: boolean }

export type ToHost =
  /** Answer to `host-hello`. `run` is the run's configuration as JSON; `firstWorld` the host's place among all worlds. */
  | { readonly kind: 'welcome'; readonly run: string; readonly firstWorld: number }
  /** Frames: packed parameters of the main policy and, in self-play, of its opponent. */
  | { readonly kind: 'parameters'; readonly version: number; readonly exploration: number }
  /** Head only. Means and counters since the last report. */
  | { readonly kind: 'learning'; readonly figures: Readonly<Record<string, number>> }
  | { readonly kind: 'round-done'; readonly round: number }
  /** Head only: a figure of the last update is no finite number. The learner makes no update any more, nor saves itself. */
  | { readonly kind: 'diverged'; readonly updates: number; readonly figure: string }
  /** Head only: are there so many steps left to give out, for a joined host's segment? */
  | { readonly kind: 'joined-claim'; readonly id: number; readonly steps: number }
  /** Head only: a joined host's segment that was granted has been taken. */
  | {
      readonly kind: 'joined-steps'
      readonly steps: number
      readonly agentSteps: number
      readonly transitions: number
    }
  /** `nextWorld` is the number of the first world that no host has. */
  | {
      readonly kind: 'host-joined'
      readonly host: string
      readonly hosts: number
      readonly nextWorld: number
    }
  /** `refusal` says what was wrong with what the host sent; empty when it left or was lost. */
  | {
      readonly kind: 'host-left'
      readonly host: string
      readonly hosts: number
      readonly refusal: string
    }
  /** `state` is the learner's own part of the checkpoint's state, as JSON; empty when `error` is not. */
  | { readonly kind: 'saved'; readonly state: string; readonly error: string }
  | { readonly kind: 'run-over'; readonly reason: string }

type Message = ToLearner | ToHost
type Kind = Message['kind']
type FieldType = 'number' | 'string' | 'boolean' | 'object'
type FieldsOf<K extends Kind> = {
  readonly [F in Exclude<keyof Extract<Message, { readonly kind: K }>, 'kind'>]: FieldType
}

/** One row a kind: a new member of the unions without a row is a compile error. */
const FIELDS: { readonly [K in Kind]: FieldsOf<K> } = {
  'host-hello': { worlds: 'number', progress: 'number' },
  segment: {
    version: 'number',
    rows: 'number',
    transitions: 'number',
    decisions: 'number',
    steps: 'number',
    agentSteps: 'number',
    episodes: 'number',
    mainReward: 'number',
    opponentReward: 'number',
  },
  progress: { progress: 'number' },
  'joined-claimed': { id: 'number', isGranted: 'boolean' },
  round: { round: 'number', progress: 'number' },
  save: { folder: 'string', withReplay: 'boolean' },
  welcome: { run: 'string', firstWorld: 'number' },
  parameters: { version: 'number', exploration: 'number' },
  learning: { figures: 'object' },
  'round-done': { round: 'number' },
  diverged: { updates: 'number', figure: 'string' },
  'joined-claim': { id: 'number', steps: 'number' },
  'joined-steps': { steps: 'number', agentSteps: 'number', transitions: 'number' },
  'host-joined': { host: 'string', hosts: 'number', nextWorld: 'number' },
  'host-left': { host: 'string', hosts: 'number', refusal: 'string' },
  saved: { state: 'string', error: 'string' },
  'run-over': { reason: 'string' },
}

function decode(value: unknown): Message {
  const { kind } = (value ?? {}) as { readonly kind?: unknown }
  if (typeof kind !== 'string' || !Object.hasOwn(FIELDS, kind)) {
    throw new RuntimeError(
      'ERR_PROTOCOL_UNKNOWN_KIND',
      `message.kind: expected one of ${Object.keys(FIELDS).join(', ')}, got ${String(kind)}`,
    )
  }
  const fields = value as Readonly<Record<string, unknown>>
  for (const [field, type] of Object.entries(FIELDS[kind as Kind])) {
    if (typeof fields[field] !== type) {
      throw new RuntimeError(
        'ERR_PROTOCOL_FIELD',
        `${kind}.${field}: expected ${type}, got ${typeof fields[field]}`,
      )
    }
  }
  return value as Message
}

/** @throws ERR_PROTOCOL_UNKNOWN_KIND, ERR_PROTOCOL_FIELD */
export function decodeToLearner(value: unknown): ToLearner {
  return decode(value) as ToLearner
}

/** @throws ERR_PROTOCOL_UNKNOWN_KIND, ERR_PROTOCOL_FIELD */
export function decodeToHost(value: unknown): ToHost {
  return decode(value) as ToHost
}

export type SegmentMessage = Extract<ToLearner, { readonly kind: 'segment' }>

/** A segment's columns as raw frames: observation, action, reward, log-probability, agent, next, time, shared. */
export function segmentFrames(segment: Segment): Uint8Array[] {
  const { observation, action, reward, logProbability, agent, next, time, shared } = segment
  return [observation, action, reward, logProbability, agent, next, time, shared].map(
    ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength),
  )
}

/**
 * @param space of the learning group, as its network sees it
 * @throws ERR_PROTOCOL_FIELD when frames and counts do not fit each other
 */
export function decodeSegment(
  message: SegmentMessage,
  frames: readonly Uint8Array[],
  { recordBytes, shared }: ObservationSpace,
  { critic, perAgent }: ActingSpec,
): Segment {
  const { version, rows, transitions, decisions } = message
  const logs = critic ? rows : 0
  const numbers = perAgent ? rows : 0
  const columns = [rows * recordBytes, rows * 2, rows * 4, logs * 4, numbers * 2, rows * 4, rows * 2]
  const expected = [...columns, (decisions + 1) * shared * 4]
  const got = frames.map((frame) => frame.byteLength)
  if (got.length !== expected.length || got.some((bytes, i) => bytes !== expected[i])) {
    throw new RuntimeError(
      'ERR_PROTOCOL_FIELD',
      `segment.frames: expected bytes ${expected.join(', ')}, got ${got.join(', ')}`,
    )
  }
  const [observation, action, reward, logProbability, agent, next, time, sharedInputs] = frames.map(aligned)
  return {
    version,
    rows,
    transitions,
    decisions,
    observation: new Uint8Array(observation!),
    action: new Uint16Array(action!),
    reward: new Float32Array(reward!),
    logProbability: new Float32Array(logProbability!),
    agent: new Uint16Array(agent!),
    next: new Int32Array(next!),
    time: new Uint16Array(time!),
    shared: new Float32Array(sharedInputs!),
  }
}

/** The frame's bytes as a buffer of its own: a frame inside a larger buffer may stand on an odd byte. */
export function aligned(frame: Uint8Array): ArrayBuffer {
  if (frame.byteOffset === 0 && frame.byteLength === frame.buffer.byteLength)
    return frame.buffer as ArrayBuffer
  return frame.slice().buffer as ArrayBuffer
}
