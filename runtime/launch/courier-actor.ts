import type { Rollout } from '../../actors/rollout-host.ts'
import type { Segment } from '../core/experience.ts'
import type { Behaviour } from '../supervise/actor.ts'
import { type LearnerGate, sendWhenRoom } from './learner-actor.ts'
import { type SegmentMessage, segmentFrames } from './protocol.ts'

export type CourierMessage =
  | {
      readonly kind: 'carry'
      readonly rollout: Rollout
      readonly segment: Segment
      /** Called when the learner's link has taken it, or never will. */
      readonly reply?: (taken: boolean) => void
    }
  /** Answered when everything that came before is on its way. */
  | { readonly kind: 'flush'; readonly reply: (done: true) => void }

/** Carries segments to the learner, in order; waits while the learner is behind or down. */
export function createCourier(
  gate: LearnerGate,
  onSent: (segment: Segment) => void,
): Behaviour<CourierMessage> {
  return {
    async receive(message) {
      if (message.kind === 'flush') {
        message.reply(true)
        return
      }
      const { rollout, segment, reply } = message
      const taken = await carry(gate, segmentMessage(rollout, segment), segmentFrames(segment))
      if (taken) onSent(segment)
      reply?.(taken)
    },
  }
}

/** False when there is no learner any more. */
async function carry(
  gate: LearnerGate,
  message: SegmentMessage,
  frames: readonly Uint8Array[],
): Promise<boolean> {
  for (;;) {
    const connection = await gate.connection()
    if (connection === undefined) return false
    if (await sendWhenRoom(connection, message, frames)) return true
  }
}

export function segmentMessage({ result, sides }: Rollout, segment: Segment): SegmentMessage {
  return {
    kind: 'segment',
    version: segment.version,
    rows: segment.rows,
    transitions: segment.transitions,
    decisions: segment.decisions,
    steps: result.steps,
    agentSteps: result.agentSteps,
    episodes: sides ? 1 : 0,
    mainReward: sides?.main ?? 0,
    opponentReward: sides?.opponent ?? 0,
  }
}
