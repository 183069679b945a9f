import type { Rollout } from '../../actors/rollout-host.ts'
import type { Segment } from '../core/experience.ts'
import type { Behaviour } from '../supervise/actor.ts'
import { type LearnerGate, sendWhenRoom } from './learner-actor.ts'
import { type SegmentMessage, segmentFrames } from './protocol.ts'

export type CourierMessage = {
  readonly kind: 'carry'
  readonly rollout: Rollout
  readonly segment: Segment
  /** Called when the learner's link has taken it. */
  readonly reply?: (taken: true) => void
}

/** Carries segments to the learner, in order; waits while the learner is behind or down. */
export function createCourier(
  gate: LearnerGate,
  onSent: (segment: Segment) => void,
): Behaviour<CourierMessage> {
  return {
    async receive({ rollout, segment, reply }) {
      const message = segmentMessage(rollout, segment)
      const frames = segmentFrames(segment)
      while (!(await sendWhenRoom(await gate.connection(), message, frames)));
      onSent(segment)
      reply?.(true)
    },
  }
}

export function segmentMessage({ result, selfPlay }: Rollout, segment: Segment): SegmentMessage {
  return {
    kind: 'segment',
    version: segment.version,
    rows: segment.rows,
    transitions: segment.transitions,
    steps: segment.steps,
    agentSteps: result.agentSteps,
    episodes: selfPlay ? 1 : 0,
    mainReward: selfPlay?.main ?? 0,
    opponentReward: selfPlay?.opponent ?? 0,
  }
}
