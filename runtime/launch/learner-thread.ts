import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { Link } from '../core/link.ts'
import { createPortLink } from '../transport/port-link.ts'
import { describeFailure, type LearnerStart, openLearnerServer } from './learner-server.ts'
import type { ToHost } from './protocol.ts'

/** Entry of a learner that runs as a thread of the head, linked by a message port. */

const { start, port } = workerData as { readonly start: LearnerStart; readonly port: MessagePort }
try {
  const server = await openLearnerServer(start, 'none')
  server.service.attach(createPortLink(port) as Link<ToHost>, 'head', 'head')
  parentPort!.postMessage(server.up)
} catch (error) {
  port.close()
  parentPort!.postMessage(describeFailure(error))
}
