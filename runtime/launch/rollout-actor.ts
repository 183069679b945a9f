import type { Rollout, RolloutHost } from '../../actors/rollout-host.ts'
import type { Behaviour } from '../supervise/actor.ts'

export type RolloutMessage = {
  readonly kind: 'run-segment'
  readonly steps: number
  readonly exploration: number
  readonly reply: (rollout: Rollout) => void
}

/** The actor of one world. When a segment fails the world gives up its episode and starts a new one. */
export function createRolloutActor(host: RolloutHost, world: number): Behaviour<RolloutMessage> {
  return {
    async receive({ steps, exploration, reply }) {
      reply(await host.run(world, steps, exploration))
    },
    onStop(reason) {
      if (reason.kind === 'failed') host.pool.restart(world)
    },
  }
}
