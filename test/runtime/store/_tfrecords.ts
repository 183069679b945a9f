import { maskedCrc32c } from '../../../runtime/store/tfrecord.ts'

/** The data of every record of a TFRecord file, whose lengths and checksums are checked. */
export function readTfRecords(bytes: Buffer): Buffer[] {
  const records: Buffer[] = []
  for (let position = 0; position < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(position))
    requireCrc(bytes.subarray(position, position + 8), bytes.readUInt32LE(position + 8))
    const data = bytes.subarray(position + 12, position + 12 + length)
    requireCrc(data, bytes.readUInt32LE(position + 12 + length))
    records.push(data)
    position += length + 16
  }
  return records
}

function requireCrc(bytes: Uint8Array, expected: number): void {
  const got = maskedCrc32c(bytes)
  if (got !== expected) throw new Error(`masked crc: expected ${expected}, got ${got}`)
}
