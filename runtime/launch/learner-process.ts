import { rmSync } from 'node:fs'
import { attachToParent } from '../supervise/attach-to-parent.ts'
import { socketFile } from '../transport/endpoints.ts'
import {
  describeFailure,
  type LearnerServer,
  type LearnerStart,
  openLearnerServer,
} from './learner-server.ts'

/** Entry of the learner process: waits for its start message, then serves until the parent stops it. */

let server: LearnerServer | undefined

const parent = attachToParent({
  onStop: (reason) => server?.stop(reason),
  onMessage: async (message) => {
    const start = message as LearnerStart
    // Nobody else does when the head is gone and takes this process with it.
    process.once('exit', () => removeSocketFile(start.endpoint))
    try {
      server = await openLearnerServer(start, 'sockets')
      parent.send(server.up)
    } catch (error) {
      parent.send(describeFailure(error))
    }
  },
})
parent.ready()

function removeSocketFile(endpoint: string): void {
  const file = socketFile(endpoint)
  if (file !== undefined) rmSync(file, { force: true })
}
