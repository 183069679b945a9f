import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'

const TELL_PACKAGES = new URL('../../fixtures/tell-packages.js', import.meta.url).href
const HEAVY = ['@tensorflow/tfjs', 'zeromq', 'piscina']

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
  return [...stderr.matchAll(/^loads (.*)$/gm)].map((match) => match[1]!)
}

t.test("a scenario's module loads nothing but zod", async (t) => {
  const lineWalk = new URL('../../../examples/line-walk.js', import.meta.url).href
  for (const specifier of ['manyfold/scenario', lineWalk]) {
    t.same(await packagesOf(specifier), ['zod'], specifier)
  }
})

t.test('the library loads what trains, and this way of looking sees it', async (t) => {
  const packages = await packagesOf('manyfold')
  t.same(
    HEAVY.filter((name) => !packages.includes(name)),
    [],
  )
})
