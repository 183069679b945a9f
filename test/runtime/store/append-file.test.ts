import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openAppendFile } from '../../../runtime/store/append-file.ts'

const NO_FULL_DEVICE = existsSync('/dev/full') ? false : 'this system has no /dev/full'

t.test('bytes are added behind what the file holds, in order', async (t) => {
  const path = join(t.testdir({ a: 'old ' }), 'a')
  const file = openAppendFile(path)
  file.append(Buffer.from('new '))
  file.flush()
  file.append(Buffer.from('newer'))
  t.equal(readFileSync(path, 'utf8'), 'old new ')
  file.close()
  t.equal(readFileSync(path, 'utf8'), 'old new newer')
})

t.test('a closed file takes nothing', async (t) => {
  const file = openAppendFile(join(t.testdir(), 'a'))
  file.close()
  file.close()
  t.throws(() => file.append(Uint8Array.of(1)), /closed/)
})

t.test(
  'a full disk is reported at every try, and closing still closes',
  { skip: NO_FULL_DEVICE },
  async (t) => {
    const full = { code: 'ERR_OUTPUT_UNWRITABLE', details: { reason: 'ENOSPC' } }
    const file = openAppendFile('/dev/full')
    file.append(Uint8Array.of(1))
    t.throws(() => file.flush(), full)
    t.throws(() => file.flush(), full)
    t.throws(() => file.close(), full)
    t.throws(() => file.append(Uint8Array.of(1)), /closed/)
  },
)
