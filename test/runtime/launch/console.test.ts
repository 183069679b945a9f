import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { createConsole } from '../../../runtime/launch/console.ts'

t.test(
  'piped, progress is a line every five seconds and one at its end, however often it is told',
  async (t) => {
    const stderr = new PassThrough()
    let time = 0
    const console = createConsole({ json: false, stdout: new PassThrough(), stderr, now: () => time })
    for (const done of [0, 1, 2, 3, 4, 4, 4]) {
      console.progress('steps', done, 4, `told ${time}`)
      time += 2_000
    }
    console.progress('episodes', 1, 2, 'others')
    stderr.end()
    t.same((await text(stderr)).trim().split('\n'), [
      'steps 0/4 (0%), … left, told 0',
      'steps 3/4 (75%), 0:02 left, told 6000',
      'steps 4/4 (100%), 0:00 left, told 8000',
      'episodes 1/2 (50%), 0:00 left, others',
    ])
  },
)
