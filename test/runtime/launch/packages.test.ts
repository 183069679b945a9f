import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import { LEARNER, SMALL_BATTLE, start } from './_cli.ts'

const TELL_PACKAGES = new URL('../../fixtures/tell-packages.js', import.meta.url).href
const TENSORFLOW = '@tensorflow/tfjs'

/** Packages by the process that loads them, in its threads too. @param stderr with `TELL_PACKAGES` preloaded */
function packagesIn(stderr: string): ReadonlyMap<number, readonly string[]> {
  const lines = [...stderr.matchAll(/^process (\d+) loads (.*)$/gm)]
  const pids = new Set(lines.map(([, pid]) => Number(pid)))
  return new Map(
    [...pids].map((own) => [own, lines.flatMap(([, pid, name]) => (Number(pid) === own ? [name!] : []))]),
  )
}

/** The packages that a process loads which imports only `specifier`. */
async function packagesOf(specifier: string): Promise<readonly string[]> {
  // From inside the package, which then finds itself by its name.
  const program = `await import(${JSON.stringify(specifier)}); process.exit()`
  const args = ['--import', TELL_PACKAGES, '--input-type=module', '--eval', program]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'pipe'] })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${specifier}: exit code ${code}\n${stderr}`)
  return packagesIn(stderr).get(child.pid!)!
}

t.test("a scenario's module loads nothing but zod", async (t) => {
  const lineWalk = new URL('../../../examples/line-walk.js', import.meta.url).href
  for (const specifier of ['manyfold/scenario', lineWalk]) {
    t.same(await packagesOf(specifier), ['zod'], specifier)
  }
})

t.test("an algorithm's module loads nothing but zod while nobody learns", async (t) => {
  const sarsa = new URL('../../../examples/expected-sarsa.js', import.meta.url).href
  for (const specifier of ['manyfold/algorithm', sarsa]) {
    t.same(await packagesOf(specifier), ['zod'], specifier)
  }
})

t.test('games load their solvers, and no compute backend', async (t) => {
  const loaded = await packagesOf('manyfold/games')
  t.ok(loaded.includes('yalps'))
  t.notOk(loaded.includes(TENSORFLOW))
})

t.test('the traffic engine loads next to nothing', async (t) => {
  t.same([...(await packagesOf('manyfold/traffic'))].sort(), ['fastest-levenshtein', 'zod'])
})

t.test('of the processes of the command line only a learner loads TensorFlow.js', async (t) => {
  const out = join(t.testdir(), 'run')
  const commands = [
    ['list'],
    ['run', 'battle', '--agents', '16', '--steps', '1'],
    [...SMALL_BATTLE, '--steps', '32', '--learner', 'process', '--out', out],
  ]
  for (const args of commands) {
    const command = start(args, { env: { NODE_OPTIONS: `--import=${TELL_PACKAGES}` } })
    const { code, stderr } = await command.ended
    t.equal(code, 0, args[0]!)
    const packages = packagesIn(stderr)
    t.ok(packages.get(command.pid)!.includes('zod'))
    const loading = [...packages].filter(([, names]) => names.includes(TENSORFLOW)).map(([pid]) => pid)
    const learner = stderr.split('\n').flatMap((line) => LEARNER.exec(line)?.slice(1).map(Number) ?? [])
    t.same(loading, learner)
    t.equal(learner.length, args[0] === 'train' ? 1 : 0)
  }
})
