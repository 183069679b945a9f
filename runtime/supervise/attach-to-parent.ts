import { RuntimeError } from '../core/errors.ts'
import type { ChildMessage, ParentMessage } from './child-protocol.ts'

export interface AttachOptions {
  /** Called once when the parent asks for it; the process exits when it's done. */
  readonly onStop: (reason: string) => void | Promise<void>
  readonly onMessage?: (message: unknown) => void
}

export interface Parent {
  /** Says that the child is up: resolves the parent's `spawnChild`. */
  ready(): void
  send(message: unknown): void
}

/**
 * The child's side of `spawnChild`. The process exits at once when the parent is gone, as soon as its event loop
 * is free. It ignores Ctrl-C and SIGTERM, which reach the
 * whole process group: when to stop is for the parent to say.
 */
export function attachToParent({ onStop, onMessage }: AttachOptions): Parent {
  if (process.send === undefined) {
    throw new RuntimeError('ERR_CHILD_FAILED', 'parent: expected to be started by spawnChild, got no channel')
  }
  // A signal to the whole group, as schedulers send it, reaches the parent too, which then says when to stop.
  const ignore = (): void => undefined
  let isStopping = false
  const stop = async (reason: string): Promise<void> => {
    if (isStopping) return
    isStopping = true
    process.off('SIGTERM', ignore)
    await onStop(reason)
    process.exit()
  }
  process.on('SIGINT', ignore)
  process.on('SIGTERM', ignore)
  process.on('disconnect', () => process.exit(1))
  process.on('message', (message: ParentMessage) => {
    if (message.kind === 'stop') void stop(message.reason)
    else onMessage?.(message.message)
  })
  return {
    ready: () => send({ kind: 'ready' }),
    send: (message) => send({ kind: 'message', message }),
  }
}

function send(message: ChildMessage): void {
  process.send?.(message)
}
