import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import { RuntimeError } from '../../../runtime/core/errors.ts'
import { openCheckpoint, readCheckpointState, writeCheckpoint } from '../../../runtime/store/checkpoint.ts'
import { latestCheckpoint } from '../../../runtime/store/checkpoint-folders.ts'
import { writeTensorsFile } from '../../../runtime/store/tensors-file.ts'
import { plain, SAMPLE } from './_tensors.ts'

const UNWRITABLE = { code: 'ERR_OUTPUT_UNWRITABLE' }
const CORRUPT = { code: 'ERR_CHECKPOINT_CORRUPT' }
const MISSING = { code: 'ERR_CHECKPOINT_MISSING' }
const NO_FULL_DEVICE = existsSync('/dev/full') ? false : 'this system has no /dev/full'

async function writeSample(folder: string): Promise<unknown> {
  await writeTensorsFile(join(folder, 'weights.safetensors'), { weight: SAMPLE['weight']! })
  return { seed: 7, counters: [1, 2.5, null], text: 'ünï' }
}

function contentOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  return Object.fromEntries(
    names.map(({ parentPath, name }) => [
      join(parentPath, name),
      readFileSync(join(parentPath, name), 'hex'),
    ]),
  )
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'accepted',
    (error: { code: string }) => error.code,
  )
}

t.test('a checkpoint comes back with its step, state and tensors', async (t) => {
  const folder = await writeCheckpoint(join(t.testdir(), 'checkpoints'), 12_345, 3, writeSample)
  t.ok(folder.endsWith('checkpoints/step-000000012345'))
  const checkpoint = await openCheckpoint(folder)
  t.equal(checkpoint.step, 12_345)
  t.same(checkpoint.state, { seed: 7, counters: [1, 2.5, null], text: 'ünï' })
  t.same(checkpoint.files, ['weights.safetensors'])
  t.same(plain(await checkpoint.tensors('weights.safetensors')), plain({ weight: SAMPLE['weight']! }))
})

t.test('any JSON state comes back', async (t) => {
  const checkpoints = t.testdir()
  const property = fc.asyncProperty(fc.jsonValue(), async (state) => {
    const { state: read } = await openCheckpoint(await writeCheckpoint(checkpoints, 1, 1, async () => state))
    return JSON.stringify(read) === JSON.stringify(state)
  })
  await t.resolves(fc.assert(property, { numRuns: 30 }))
})

t.test('a run folder and its checkpoints folder stand for the latest checkpoint', async (t) => {
  const run = t.testdir()
  const checkpoints = join(run, 'checkpoints')
  await writeCheckpoint(checkpoints, 900, 5, writeSample)
  const latest = await writeCheckpoint(checkpoints, 1000, 5, writeSample)
  t.equal(await latestCheckpoint(checkpoints), latest)
  t.equal((await openCheckpoint(run)).folder, latest)
  t.equal((await openCheckpoint(checkpoints)).folder, latest)
})

t.test('a checkpoint copied elsewhere under another name opens', async (t) => {
  const folder = join(t.testdir({ best: {} }), 'best')
  const written = await writeCheckpoint(t.testdirName, 5, 1, writeSample)
  for (const name of readdirSync(written))
    writeFileSync(join(folder, name), readFileSync(join(written, name)))
  t.equal((await openCheckpoint(folder)).step, 5)
})

t.test('only the last checkpoints are kept', async (t) => {
  const checkpoints = t.testdir()
  for (const step of [10, 20, 30, 1_000_000_000_000]) await writeCheckpoint(checkpoints, step, 2, writeSample)
  t.same(readdirSync(checkpoints).sort(), ['step-000000000030', 'step-1000000000000'])
  t.equal((await openCheckpoint((await latestCheckpoint(checkpoints))!)).step, 1_000_000_000_000)
})

t.test('the checkpoint just written is kept even below older steps', async (t) => {
  const checkpoints = t.testdir()
  await writeCheckpoint(checkpoints, 200, 1, writeSample)
  await writeCheckpoint(checkpoints, 100, 1, writeSample)
  t.same(readdirSync(checkpoints), ['step-000000000100'])
})

t.test('a checkpoint of the same step is replaced', async (t) => {
  const checkpoints = t.testdir()
  await writeCheckpoint(checkpoints, 10, 2, writeSample)
  await writeCheckpoint(checkpoints, 10, 2, async () => 'second')
  t.same(readdirSync(checkpoints), ['step-000000000010'])
  t.equal((await openCheckpoint(checkpoints)).state, 'second')
})

t.test('what earlier processes left unfinished is removed, other files are not', async (t) => {
  const checkpoints = t.testdir({
    '.tmp-5-1': { 'weights.safetensors': 'half' },
    '.tmp-retired-step-000000000001': { a: 'b' },
    'notes.txt': 'mine',
  })
  await writeCheckpoint(checkpoints, 10, 2, writeSample)
  t.same(readdirSync(checkpoints), ['notes.txt', 'step-000000000010'])
})

t.test('a process killed while it writes leaves the earlier checkpoint the latest', async (t) => {
  const checkpoints = t.testdir()
  const first = await writeCheckpoint(checkpoints, 10, 2, writeSample)
  const module = JSON.stringify(new URL('../../../runtime/store/checkpoint.js', import.meta.url))
  const script = `import { writeFileSync } from 'node:fs'
    const { writeCheckpoint } = await import(${module})
    await writeCheckpoint(${JSON.stringify(checkpoints)}, 20, 2, async (folder) => {
      writeFileSync(folder + '/weights.safetensors', 'half')
      process.kill(process.pid, 'SIGKILL')
      await new Promise(() => {})
    })`
  const env = { ...process.env, NODE_OPTIONS: '' }
  t.equal(spawnSync(process.execPath, ['--input-type=module', '-e', script], { env }).signal, 'SIGKILL')
  t.equal(readdirSync(checkpoints).length, 2)
  t.equal((await openCheckpoint(checkpoints)).folder, first)
  await writeCheckpoint(checkpoints, 20, 2, writeSample)
  t.same(readdirSync(checkpoints), ['step-000000000010', 'step-000000000020'])
})

t.test(
  'a full disk is reported with its path and leaves everything as it was',
  { skip: NO_FULL_DEVICE },
  async (t) => {
    const checkpoints = t.testdir()
    await writeCheckpoint(checkpoints, 10, 1, writeSample)
    const before = contentOf(checkpoints)
    const write = writeCheckpoint(checkpoints, 20, 1, async (folder) => {
      symlinkSync('/dev/full', join(folder, 'weights.safetensors'))
      return writeSample(folder)
    })
    const message =
      /\.tmp-20-\d+\/weights\.safetensors: cannot be written, no space left on device \(ENOSPC\): free /
    await t.rejects(write, { ...UNWRITABLE, message, details: { reason: 'ENOSPC' } })
    t.same(contentOf(checkpoints), before)
    t.same(readdirSync(checkpoints), ['step-000000000010'])
  },
)

t.test('a path under a file is unwritable', async (t) => {
  const folder = t.testdir({ file: '' })
  await t.rejects(writeCheckpoint(join(folder, 'file/checkpoints'), 1, 1, writeSample), UNWRITABLE)
  await t.rejects(writeCheckpoint(join(folder, 'file'), 1, 1, writeSample), UNWRITABLE)
})

t.test('an error of the parts is passed on and the folder removed', async (t) => {
  const checkpoints = t.testdir()
  const error = new RuntimeError('ERR_LINK_CLOSED', 'learner: gone')
  await t.rejects(
    writeCheckpoint(checkpoints, 1, 1, () => Promise.reject(error)),
    { code: 'ERR_LINK_CLOSED' },
  )
  t.same(readdirSync(checkpoints), [])
})

t.test('parts that are no plain files are refused', async (t) => {
  const checkpoints = t.testdir()
  const makeFolder = async (folder: string) => mkdirSync(join(folder, 'a'))
  const makeState = async (folder: string) => writeFileSync(join(folder, 'state.json'), '{}')
  await t.rejects(writeCheckpoint(checkpoints, 1, 1, makeFolder), TypeError)
  await t.rejects(writeCheckpoint(checkpoints, 1, 1, makeState), TypeError)
  t.same(readdirSync(checkpoints), [])
})

t.test('a step or a number of checkpoints that makes no sense is refused', async (t) => {
  for (const step of [-1, 0.5, Number.NaN]) {
    await t.rejects(writeCheckpoint(t.testdirName, step, 1, writeSample), RangeError)
  }
  await t.rejects(writeCheckpoint(t.testdirName, 1, 0, writeSample), RangeError)
})

t.test('a checkpoint cut off at any byte of any file is refused', async (t) => {
  const folder = await writeCheckpoint(t.testdir(), 10, 1, writeSample)
  const codes = new Set<string>()
  for (const name of readdirSync(folder)) {
    const file = join(folder, name)
    const whole = readFileSync(file)
    const end = name === 'state.json' ? whole.length - 1 : whole.length // the last line feed says nothing
    for (let length = 0; length < end; length++) {
      writeFileSync(file, whole.subarray(0, length))
      codes.add(await codeOf(openCheckpoint(folder)))
    }
    writeFileSync(file, whole)
  }
  t.same([...codes], [CORRUPT.code])
  t.equal((await openCheckpoint(folder)).step, 10)
})

t.test('a flipped bit in any byte of any file is refused', async (t) => {
  const folder = await writeCheckpoint(t.testdir(), 10, 1, writeSample)
  const codes = new Set<string>()
  for (const name of readdirSync(folder)) {
    const file = join(folder, name)
    const whole = readFileSync(file)
    for (let i = 0; i < whole.length; i++) {
      const flipped = Buffer.from(whole)
      flipped[i]! ^= 1 << (i % 8)
      writeFileSync(file, flipped)
      codes.add(await codeOf(openCheckpoint(folder)))
    }
    writeFileSync(file, whole)
  }
  t.same([...codes], [CORRUPT.code])
})

t.test('a missing file makes a checkpoint corrupt', async (t) => {
  for (const name of ['weights.safetensors', 'state.json']) {
    const folder = await writeCheckpoint(t.testdir(), 10, 1, writeSample)
    rmSync(join(folder, name))
    await t.rejects(openCheckpoint(folder), { ...CORRUPT, message: /got no file/ })
  }
})

t.test('a corrupt checkpoint names the newest older one that is whole', async (t) => {
  const checkpoints = t.testdir()
  const intact = await writeCheckpoint(checkpoints, 10, 3, writeSample)
  for (const step of [20, 30]) {
    truncateSync(join(await writeCheckpoint(checkpoints, step, 3, writeSample), 'weights.safetensors'), 4)
  }
  const message =
    /step-000000000030\/weights\.safetensors: expected 96 bytes, got 4; use an older one: .*0010$/
  await t.rejects(openCheckpoint(checkpoints), { ...CORRUPT, message, details: { older: intact } })
})

t.test('the state alone is read whatever the other files are, unless it is corrupt itself', async (t) => {
  const checkpoints = t.testdir()
  const older = await writeCheckpoint(checkpoints, 10, 3, writeSample)
  const folder = await writeCheckpoint(checkpoints, 20, 3, writeSample)
  truncateSync(join(folder, 'weights.safetensors'), 3)
  t.match(await readCheckpointState(checkpoints), { seed: 7, text: 'ünï' })
  truncateSync(join(folder, 'state.json'), 3)
  await t.rejects(readCheckpointState(checkpoints), { ...CORRUPT, details: { older } })
  await t.rejects(readCheckpointState(join(folder, 'none')), MISSING)
})

t.test('a corrupt checkpoint without an older one says so', async (t) => {
  const folder = await writeCheckpoint(t.testdir(), 20, 3, writeSample)
  truncateSync(join(folder, 'weights.safetensors'), 4)
  await t.rejects(openCheckpoint(folder), { ...CORRUPT, message: /; no older checkpoint is beside it$/ })
})

t.test('a path without a checkpoint says what was looked for', async (t) => {
  const folder = t.testdir({ file: '', checkpoints: {} })
  const message = /expected a checkpoint's folder \(with state\.json\) or a run's folder/
  for (const path of ['', 'file', 'nowhere', 'checkpoints', 'step-000000000001']) {
    await t.rejects(openCheckpoint(join(folder, path)), { ...MISSING, message })
  }
  t.equal(await latestCheckpoint(join(folder, 'nowhere')), undefined)
})

t.test('a file that the checkpoint does not hold is missing', async (t) => {
  const checkpoint = await openCheckpoint(await writeCheckpoint(t.testdir(), 1, 1, writeSample))
  for (const name of ['worlds.safetensors', 'toString']) await t.rejects(checkpoint.tensors(name), MISSING)
})

t.test('a checkpoint of another format version is refused as such', async (t) => {
  const folder = await writeCheckpoint(t.testdir(), 1, 1, writeSample)
  const body = { formatVersion: 2, anything: true }
  writeFileSync(join(folder, 'state.json'), JSON.stringify({ ...body, crc32: crc32(JSON.stringify(body)) }))
  await t.rejects(openCheckpoint(folder), { code: 'ERR_CHECKPOINT_MISMATCH' })
})

t.test('a checkpoint cannot name files outside its folder', async (t) => {
  const folder = await writeCheckpoint(t.testdir({ secret: 'x' }), 1, 1, writeSample)
  const files = { '../secret': { bytes: 1, crc32: crc32('x') } }
  const body = { formatVersion: 1, step: 1, state: null, files }
  writeFileSync(join(folder, 'state.json'), JSON.stringify({ ...body, crc32: crc32(JSON.stringify(body)) }))
  await t.rejects(openCheckpoint(folder), CORRUPT)
})
