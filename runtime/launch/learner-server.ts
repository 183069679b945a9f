import { openBackend } from '../../learners/backend.ts'
import type { BackendChoice } from '../../learners/backend-names.ts'
import { loadAlgorithm } from '../../learners/registry.ts'
import { RuntimeError } from '../core/errors.ts'
import type { LearnerSetup } from '../core/learner.ts'
import type { Link } from '../core/link.ts'
import { openCheckpoint } from '../store/checkpoint.ts'
import type { CurveKeys } from '../transport/endpoints.ts'
import { openZmqServer, type ZmqServer } from '../transport/zmq-server.ts'
import type { SegmentLimits } from './check-joined.ts'
import { type HostRole, LearnerService } from './learner-service.ts'
import type { ToHost } from './protocol.ts'

/** Everything a learner needs to know, in a form that crosses threads and processes. */
export interface LearnerStart {
  readonly runId: string
  /** Where the head reaches a learner process. */
  readonly endpoint: string
  /** Where other machines reach it, encrypted under `curve`. */
  readonly listen: { readonly endpoint: string; readonly curve: CurveKeys } | undefined
  readonly algorithm: string
  readonly options: Record<string, unknown>
  readonly setup: LearnerSetup
  readonly schedule: 'sync' | 'async'
  /** What is learned plays itself. */
  readonly selfPlay: boolean
  readonly limits: SegmentLimits
  readonly run: string
  /** Worlds that hosts have already. */
  readonly takenWorlds: number
  readonly backend: BackendChoice
  /** Folder to take the learner's state from. */
  readonly checkpoint: string | undefined
}

/** What a learner that is up says of itself. */
export interface LearnerUp {
  readonly kind: 'learner-up'
  readonly backend: string
  readonly device: string
  /** With the real ports. */
  readonly endpoint: string
  readonly listen: string | undefined
  /** What other machines need to reach `listen`. */
  readonly publicKey: string | undefined
}

export interface LearnerDown {
  readonly kind: 'learner-failed'
  readonly code: string
  readonly message: string
}

/** A failure as it crosses to the head. */
export function describeFailure(error: unknown): LearnerDown {
  const code = error instanceof RuntimeError ? error.code : 'ERR_LEARNER_FAILED'
  return { kind: 'learner-failed', code, message: (error as Error).message }
}

export interface LearnerServer {
  readonly up: LearnerUp
  readonly service: LearnerService
  stop(reason: string): Promise<void>
}

/**
 * Opens the backend, builds the algorithm, takes up the checkpoint and listens.
 *
 * @param hosts `sockets`, or `none` when links are attached by hand
 * @throws ERR_BACKEND_UNAVAILABLE, ERR_CHECKPOINT_CORRUPT, ERR_CHECKPOINT_MISMATCH, ERR_CONFIG_INVALID
 */
export async function openLearnerServer(
  start: LearnerStart,
  hosts: 'sockets' | 'none',
): Promise<LearnerServer> {
  const backend = await openBackend(start.backend)
  const algorithm = await loadAlgorithm(start.algorithm)
  const learner = await algorithm.create(start.setup, start.options)
  const service = new LearnerService({ ...start, algorithm, learner, now: () => performance.now() })
  await service.start(start.checkpoint === undefined ? undefined : await openCheckpoint(start.checkpoint))
  const servers = hosts === 'sockets' ? await listen(start, service) : []
  return {
    up: {
      kind: 'learner-up',
      backend: backend.name,
      device: backend.device,
      endpoint: servers[0]?.endpoints[0] ?? '',
      listen: servers[1]?.endpoints[0],
      publicKey: start.listen?.curve.publicKey,
    },
    service,
    async stop(reason) {
      await service.stop(reason)
      await Promise.all(servers.map((server) => server.close()))
    },
  }
}

async function listen(start: LearnerStart, service: LearnerService): Promise<ZmqServer[]> {
  const serve = (role: HostRole) => (link: Link, peer: { readonly name: string }) =>
    service.attach(link as Link<ToHost>, peer.name, role)
  const { runId } = start
  const servers = [await openZmqServer({ runId, endpoints: [start.endpoint], onLink: serve('head') })]
  if (start.listen === undefined) return servers
  const { endpoint, curve } = start.listen
  try {
    servers.push(await openZmqServer({ runId, endpoints: [endpoint], curve, onLink: serve('joined') }))
  } catch (cause) {
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      `--listen: cannot bind ${endpoint} (${(cause as Error).message}); take another port or address`,
      { cause },
    )
  }
  return servers
}
