import { RuntimeError } from '../core/errors.ts'
import { NO_ACTION, type Segment } from '../core/experience.ts'
import type { LearnerSetup } from '../core/learner.ts'
import { NO_INPUT } from '../core/observation.ts'
import type { SegmentMessage, ToLearner } from './protocol.ts'

type HelloMessage = Extract<ToLearner, { readonly kind: 'host-hello' }>

/** The largest segment that a host of the run can record. */
export interface SegmentLimits {
  readonly decisions: number
  /** Of the world. */
  readonly steps: number
  /** Rows of one group, those that only serve as a next observation included. */
  readonly rows: number
  /** Agents of a world that a step counts. */
  readonly agents: number
}

/** Most worlds of one host, as `--worlds` has it. */
const MAX_WORLDS = 100_000

/** Refuses a host with a number of worlds that none can have. @throws ERR_PROTOCOL_FIELD */
export function checkHello({ worlds }: HelloMessage): void {
  checkCount('host-hello.worlds', worlds, 1, MAX_WORLDS)
}

/**
 * Refuses counts that no host of the run can have. Everything of a joined host is checked, since it is
 * another program on another machine: one damaged value would spoil the parameters of the whole run.
 *
 * @throws ERR_PROTOCOL_FIELD
 */
export function checkCounts(message: SegmentMessage, limits: SegmentLimits): void {
  const { rows, transitions, decisions, steps, agentSteps } = message
  checkCount('segment.version', message.version, 0, Number.MAX_SAFE_INTEGER)
  checkCount('segment.decisions', decisions, 0, limits.decisions)
  checkCount('segment.steps', steps, 0, limits.steps)
  checkCount('segment.rows', rows, 0, limits.rows)
  checkCount('segment.transitions', transitions, 0, rows)
  checkCount('segment.agentSteps', agentSteps, 0, steps * limits.agents)
  checkCount('segment.episodes', message.episodes, 0, 1)
  checkFinite('segment.mainReward', message.mainReward)
  checkFinite('segment.opponentReward', message.opponentReward)
}

/**
 * Refuses content that no rollout records, in one pass over the columns.
 *
 * @param setup of the learner that is to take it: its actions, its agents and its observation space
 * @throws ERR_PROTOCOL_FIELD with column and row
 */
export function checkContent(segment: Segment, { space, actions, agents }: LearnerSetup): void {
  checkRows(segment, actions)
  checkAgents(segment, agents)
  checkObservations(segment, space)
  checkLogProbabilities(segment)
  const { reward, shared } = segment
  for (let row = 0; row < reward.length; row++) {
    if (!Number.isFinite(reward[row])) fail(`segment.reward[${row}]`, 'a finite number', reward[row]!)
  }
  for (let i = 0; i < shared.length; i++) {
    if (!Number.isFinite(shared[i])) fail(`segment.shared[${i}]`, 'a finite number', shared[i]!)
  }
}

/** Rows with an action come first, in the order of decisions; those behind them end the segment. */
function checkRows({ rows, transitions, decisions, action, next, time }: Segment, actions: number): void {
  let earlier = 0
  for (let row = 0; row < rows; row++) {
    const acts = row < transitions
    if (acts ? action[row]! >= actions : action[row] !== NO_ACTION) {
      fail(
        `segment.action[${row}]`,
        acts ? `below ${actions}` : `${NO_ACTION} behind the transitions`,
        action[row]!,
      )
    }
    const latest = acts ? decisions - 1 : decisions
    if (time[row]! < earlier || time[row]! > latest) {
      fail(`segment.time[${row}]`, `a decision from ${earlier} to ${latest}`, time[row]!)
    }
    earlier = time[row]!
  }
  for (let row = 0; row < rows; row++) {
    if (next[row] !== -1 && time[next[row]!] !== time[row]! + 1) {
      fail(`segment.next[${row}]`, `-1 or a row of decision ${time[row]! + 1}`, next[row]!)
    }
  }
}

function checkAgents({ agent, next }: Segment, agents: number): void {
  for (const [row, number] of agent.entries()) {
    const after = next[row]!
    if (number >= agents) fail(`segment.agent[${row}]`, `below ${agents}`, number)
    if (after >= 0 && agent[after] !== number)
      fail(`segment.agent[${after}]`, `${number}, as in row ${row}`, agent[after]!)
  }
}

function checkLogProbabilities({ transitions, logProbability }: Segment): void {
  for (let row = 0; row < logProbability.length; row++) {
    const log = logProbability[row]!
    const field = `segment.logProbability[${row}]`
    if (row >= transitions) {
      if (log !== 0) fail(field, '0 behind the transitions', log)
    } else if (!Number.isFinite(log)) {
      fail(
        field,
        'a finite number',
        log,
        'the policy that chose the action has diverged: train with a lower --learning-rate',
      )
    } else if (log > 0) fail(field, 'a number up to 0', log)
  }
}

function checkObservations({ rows, observation }: Segment, space: LearnerSetup['space']): void {
  const { recordBytes, hotOffset, hotSlots, inputs } = space
  const scalars = space.scalars.length
  const { buffer, byteOffset, byteLength } = observation
  const floats = new Float32Array(buffer, byteOffset, byteLength / 4)
  const words = new Uint16Array(buffer, byteOffset, byteLength / 2)
  for (let row = 0; row < rows; row++) {
    const scalarsFrom = (row * recordBytes) / 4
    for (let i = scalarsFrom; i < scalarsFrom + scalars; i++) {
      if (!Number.isFinite(floats[i])) fail(`segment.observation[${row}]`, 'finite numbers', floats[i]!)
    }
    const hotFrom = (row * recordBytes + hotOffset) / 2
    for (let i = hotFrom; i < hotFrom + hotSlots; i++) {
      if (words[i]! >= inputs && words[i] !== NO_INPUT) {
        fail(`segment.observation[${row}]`, `inputs below ${inputs}`, words[i]!)
      }
    }
  }
}

function checkCount(field: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  fail(field, `an integer from ${least} to ${most}`, value)
}

function checkFinite(field: string, value: number): void {
  if (!Number.isFinite(value)) fail(field, 'a finite number', value)
}

const OTHER_VERSION = 'give the host the same version of Manyfold and of the scenario as the head'

function fail(field: string, expected: string, got: number, remedy: string = OTHER_VERSION): never {
  throw new RuntimeError('ERR_PROTOCOL_FIELD', `${field}: expected ${expected}, got ${got}; ${remedy}`, {
    details: { field, got },
  })
}
