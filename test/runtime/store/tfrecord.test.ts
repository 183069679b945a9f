import fc from 'fast-check'
import t from 'tap'
import { crc32c, encodeTfRecord, maskedCrc32c } from '../../../runtime/store/tfrecord.ts'
import { readTfRecords } from './_tfrecords.ts'

const known = [
  { name: 'nothing', bytes: new Uint8Array(0), crc: 0 },
  { name: 'the check string', bytes: Buffer.from('123456789'), crc: 0xe3069283 },
  { name: '32 zeros', bytes: new Uint8Array(32), crc: 0x8a9136aa },
  { name: '32 times 255', bytes: new Uint8Array(32).fill(255), crc: 0x62a8ab43 },
  { name: '0 to 31', bytes: Uint8Array.from({ length: 32 }, (_, i) => i), crc: 0x46dd794e },
]
for (const { name, bytes, crc } of known) {
  t.test(`crc32c of ${name} is the published one (RFC 3720, B.4)`, async (t) => {
    t.equal(crc32c(bytes), crc)
  })
}

t.test('the mask rotates by 15 and adds a constant', async (t) => {
  const crc = 0xe3069283n
  const rotated = ((crc >> 15n) | (crc << 17n)) & 0xffffffffn
  t.equal(BigInt(maskedCrc32c(Buffer.from('123456789'))), (rotated + 0xa282ead8n) & 0xffffffffn)
})

t.test('any records come back from their frames', async (t) => {
  const property = fc.property(fc.array(fc.uint8Array()), (all) => {
    const read = readTfRecords(Buffer.concat(all.map(encodeTfRecord)))
    return read.length === all.length && read.every((data, i) => data.equals(all[i]!))
  })
  t.doesNotThrow(() => fc.assert(property))
})
