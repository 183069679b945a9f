import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { holdFolder } from '../../../runtime/store/folder-lock.ts'

const LOCK = new URL('../../../runtime/store/folder-lock.js', import.meta.url).href
const IN_USE = { code: 'ERR_OUTPUT_IN_USE' }

/** A process that holds a folder until it is killed. */
async function startHolder(folder: string): Promise<{ readonly pid: number; kill(): Promise<void> }> {
  const program = `const { holdFolder } = await import(${JSON.stringify(LOCK)})
    await holdFolder(${JSON.stringify(folder)}, () => {
      console.log('held')
      return new Promise((resolve) => setTimeout(resolve, 60_000))
    })`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return {
    pid: child.pid!,
    async kill() {
      child.kill('SIGKILL')
      await once(child, 'close')
    },
  }
}

t.test('a folder is held while work is done, whether it succeeds or not', async (t) => {
  const folder = t.testdir({ 'notes.txt': 'mine' })
  const held = await holdFolder(folder, async () => readdirSync(folder).length)
  t.equal(held, 2)
  await t.rejects(
    holdFolder(folder, async () => {
      throw new Error('failed')
    }),
    { message: 'failed' },
  )
  t.same(readdirSync(folder), ['notes.txt'])
})

t.test('two pieces of work of one process exclude each other', async (t) => {
  const folder = t.testdir()
  const work = () =>
    t.rejects(
      holdFolder(folder, async () => t.fail('it does no work')),
      IN_USE,
    )
  await holdFolder(folder, work)
  t.same(readdirSync(folder), [])
})

t.test('another process is refused, and let in when the first one was killed', async (t) => {
  const folder = t.testdir()
  const holder = await startHolder(folder)
  const names = readdirSync(folder)
  await t.rejects(
    holdFolder(folder, async () => t.fail('it does no work')),
    { ...IN_USE, message: new RegExp(`: is in use by process ${holder.pid}; wait for its end`) },
  )
  t.same(readdirSync(folder), names, 'who was refused leaves nothing')
  await holder.kill()
  t.same(readdirSync(folder), names)
  writeFileSync(join(folder, '.tmp-index.html-1'), 'half of a pa')
  t.same((await holdFolder(folder, async () => readdirSync(folder))).length, 1, 'its files are gone')
  t.same(readdirSync(folder), [])
})

t.test(
  "another process with a killed one's number holds nothing",
  { skip: process.platform !== 'linux' },
  async (t) => {
    const folder = t.testdir({ [`.lock-${process.ppid}-12-${hostname()}`]: '' })
    await holdFolder(folder, async () => undefined)
    t.same(readdirSync(folder), [])
  },
)

t.test('whether a process on another machine has ended is left to the user', async (t) => {
  const folder = t.testdir({ '.lock-1-12-elsewhere': '' })
  await t.rejects(
    holdFolder(folder, async () => undefined),
    {
      ...IN_USE,
      message: /process 1 on elsewhere; wait .*; if that has ended, remove \.lock-1-12-elsewhere in it$/,
    },
  )
})

t.test('a folder that is not there cannot be held', async (t) => {
  await t.rejects(
    holdFolder(join(t.testdir(), 'none'), async () => undefined),
    { code: 'ERR_OUTPUT_UNWRITABLE' },
  )
})
