import fc from 'fast-check'
import t from 'tap'
import {
  claimedSession,
  decodeEnvelope,
  type Envelope,
  encodeEnvelope,
  HEADER_BYTES,
  PROTOCOL_VERSION,
} from '../../../runtime/transport/envelope.ts'
import { createRunId, isRunId, UNKNOWN_RUN } from '../../../runtime/transport/run-id.ts'

const EXAMPLE: Envelope = {
  channel: 'message',
  runId: createRunId(),
  session: 2 ** 32 - 1,
  parameterVersion: 2 ** 50,
  body: { kind: 'experience-ready' },
  frames: [Uint8Array.of(1, 2, 3), Uint8Array.of()],
}

t.test('what is encoded is decoded again', async (t) => {
  const decoded = decodeEnvelope(wire(EXAMPLE))
  t.same({ ...decoded, frames: decoded.frames.map((frame) => Uint8Array.from(frame)) }, EXAMPLE)
  t.equal(wire(EXAMPLE)[0]?.length, HEADER_BYTES)
})

t.test('a change of any bit is refused', async () => {
  const bytes = wire(EXAMPLE).map((part) => part.length)
  fc.assert(
    fc.property(fc.nat(bytes[0]! + bytes[1]! + 3 - 1), fc.nat(7), (at, bit) => {
      const parts = wire(EXAMPLE)
      let offset = at
      const part = parts.find(({ length }) => {
        if (offset < length) return true
        offset -= length
        return false
      })!
      part[offset]! ^= 1 << bit
      try {
        decodeEnvelope(parts)
        return false
      } catch (error) {
        return String((error as { code: string }).code).startsWith('ERR_PROTOCOL_')
      }
    }),
    { numRuns: 1_000, seed: 1 },
  )
})

const refused: readonly {
  readonly name: string
  readonly parts: readonly Buffer[]
  readonly code: string
}[] = [
  { name: 'no parts', parts: [], code: 'ERR_PROTOCOL_VERSION' },
  { name: 'a foreign header', parts: [Buffer.from('GET / HTTP/1.1')], code: 'ERR_PROTOCOL_VERSION' },
  { name: 'zeros', parts: [Buffer.alloc(HEADER_BYTES), Buffer.alloc(1)], code: 'ERR_PROTOCOL_VERSION' },
  { name: 'another version', parts: wire(EXAMPLE, PROTOCOL_VERSION + 1), code: 'ERR_PROTOCOL_VERSION' },
  { name: 'a lost frame', parts: wire(EXAMPLE).slice(0, -1), code: 'ERR_PROTOCOL_FIELD' },
  { name: 'no body', parts: wire(EXAMPLE).slice(0, 1), code: 'ERR_PROTOCOL_FIELD' },
  {
    name: 'a body without a kind',
    parts: wire({ ...EXAMPLE, body: {} as never }),
    code: 'ERR_PROTOCOL_FIELD',
  },
  {
    name: 'a body that is a list',
    parts: wire({ ...EXAMPLE, body: [] as never }),
    code: 'ERR_PROTOCOL_FIELD',
  },
]

for (const { name, parts, code } of refused) {
  t.test(`${name} is refused`, async (t) => {
    t.throws(() => decodeEnvelope(parts), { code })
  })
}

t.test('a refusal is read whatever its version', async (t) => {
  const refusal = { kind: 'refused', code: 'ERR_PROTOCOL_VERSION', reason: 'too old' }
  const parts = wire({ ...EXAMPLE, channel: 'refusal', body: refusal, frames: [] }, PROTOCOL_VERSION + 1)
  t.same(decodeEnvelope(parts).body, refusal)
})

t.test('the session is found in a header that is refused', async (t) => {
  t.equal(claimedSession(wire(EXAMPLE, PROTOCOL_VERSION + 1)[0]), EXAMPLE.session)
  t.equal(claimedSession(Buffer.alloc(HEADER_BYTES)), 0)
  t.equal(claimedSession(undefined), 0)
})

t.test('a run id is 32 hexadecimal digits', async (t) => {
  t.ok(isRunId(createRunId()))
  t.ok(isRunId(UNKNOWN_RUN))
  t.notOk(isRunId('run'))
})

function wire(envelope: Envelope, version?: number): Buffer[] {
  return encodeEnvelope(envelope, version).map((part) => Buffer.from(part))
}
