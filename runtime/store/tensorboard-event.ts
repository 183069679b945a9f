/** What an event file is made of; each becomes one TFRecord. */
export type TensorBoardEvent =
  | { readonly kind: 'version'; readonly version: string }
  | { readonly kind: 'scalar'; readonly tag: string; readonly value: number; readonly step: number }
  /** Tells readers to forget what was written at `step` and after it before the run was resumed. */
  | { readonly kind: 'resumed'; readonly step: number }

const VARINT = 0
const FIXED_64 = 1
const BYTES = 2
const FIXED_32 = 5
const SESSION_START = 1

/**
 * Encodes the protocol buffer `tensorflow.Event`.
 *
 * @param wallTime seconds since 1970
 * @see https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto
 */
export function encodeEvent(event: TensorBoardEvent, wallTime: number): Uint8Array {
  const time = concat(key(1, FIXED_64), float64(wallTime))
  switch (event.kind) {
    case 'version':
      return concat(time, bytesField(3, Buffer.from(event.version)))
    case 'scalar': {
      const value = concat(bytesField(1, Buffer.from(event.tag)), key(2, FIXED_32), float32(event.value))
      return concat(time, stepField(event.step), bytesField(5, bytesField(1, value)))
    }
    case 'resumed':
      return concat(time, stepField(event.step), bytesField(7, concat(key(1, VARINT), varint(SESSION_START))))
  }
}

function stepField(step: number): Uint8Array {
  return concat(key(2, VARINT), varint(step))
}

function bytesField(field: number, content: Uint8Array): Uint8Array {
  return concat(key(field, BYTES), varint(content.length), content)
}

function key(field: number, wireType: number): Uint8Array {
  return varint(field * 8 + wireType)
}

/** @param value whole, 0 … 2⁵³ − 1; divided, because shifts would cut it to 32 bits */
function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return Uint8Array.from([...bytes, rest])
}

function float32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return bytes
}

function float64(value: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return bytes
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts)
}
