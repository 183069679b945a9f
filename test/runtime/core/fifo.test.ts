import fc from 'fast-check'
import t from 'tap'
import { Fifo } from '../../../runtime/core/fifo.ts'

fc.configureGlobal({ seed: 2026 })

t.test(
  'items come out in the order in which they went in, however pushes and shifts alternate',
  async (t) => {
    const rounds = fc.array(fc.tuple(fc.nat(1500), fc.nat(1500)), { maxLength: 8 })
    fc.assert(
      fc.property(rounds, fc.nat(1500), (pushesAndShifts, atFirst) => {
        const queue = new Fifo(Array.from({ length: atFirst }, (_, i) => i))
        let pushed = atFirst
        let shifted = 0
        for (const [pushes, shifts] of pushesAndShifts) {
          for (let i = 0; i < pushes; i++) queue.push(pushed++)
          for (let i = 0; i < shifts; i++) {
            const expected = shifted < pushed ? shifted++ : undefined
            if (queue.shift() !== expected) return false
          }
        }
        return true
      }),
    )
    t.pass('by fast-check')
  },
)
