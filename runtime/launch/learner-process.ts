import { attachToParent } from '../supervise/attach-to-parent.ts'
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
  onMessage: async (start) => {
    try {
      server = await openLearnerServer(start as LearnerStart, 'sockets')
      parent.send(server.up)
    } catch (error) {
      parent.send(describeFailure(error))
    }
  },
})
parent.ready()
