import fc from 'fast-check'
import t from 'tap'
import { Mailbox } from '../../../runtime/supervise/mailbox.ts'

t.test('a mailbox is a bounded queue', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.option(fc.nat())), (capacity, operations) => {
      const mailbox = new Mailbox<number>(capacity)
      const model: number[] = []
      for (const operation of operations) {
        if (operation === null) {
          if (mailbox.shift() !== model.shift()) return false
        } else {
          const hasRoom = model.length < capacity
          if (mailbox.tryPush(operation) !== hasRoom) return false
          if (hasRoom) model.push(operation)
        }
        if (mailbox.size !== model.length) return false
      }
      return true
    }),
    { seed: 1 },
  )
})

t.test('a mailbox without places is a RangeError', async (t) => {
  for (const capacity of [0, -1, 1.5, Number.NaN])
    t.throws(() => new Mailbox(capacity), { name: 'RangeError' })
})
