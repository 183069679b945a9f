import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { type BackendReport, openBackend, probeBackends } from '../../learners/backend.ts'
import { BACKEND_NAMES } from '../../learners/backend-names.ts'
import { tf } from '../../learners/tf.ts'

interface Training {
  readonly name?: string
  readonly device?: string
  readonly isSoftware?: boolean
  readonly losses?: readonly number[]
  readonly code?: string
  readonly message?: string
}

const FIXTURE = fileURLToPath(new URL('../fixtures/backend-training.js', import.meta.url))
const CHROMIUM = '/usr/lib/chromium'
const SWIFTSHADER = `${CHROMIUM}/vk_swiftshader_icd.json`

/** Runs the fixture in a process of its own, where a software Vulkan driver is to be had if there is one. */
async function train(backends: readonly string[], hasVulkan = true): Promise<Training[]> {
  const vulkan = existsSync(SWIFTSHADER) ? { VK_DRIVER_FILES: SWIFTSHADER, LD_LIBRARY_PATH: CHROMIUM } : {}
  const env = {
    ...process.env,
    ...(hasVulkan ? vulkan : { VK_DRIVER_FILES: '/dev/null', LD_LIBRARY_PATH: '' }),
  }
  const { stdout } = await promisify(execFile)(process.execPath, [FIXTURE, ...backends], {
    env,
    timeout: 100_000,
  })
  const lines = stdout.trim().split('\n').slice(-backends.length)
  return lines.map((line) => JSON.parse(line) as Training)
}

let reports: readonly BackendReport[] = []

t.test('every backend is reported, and wasm is measured', async (t) => {
  await openBackend('cpu')
  reports = await probeBackends()
  t.same(
    reports.map(({ name }) => name),
    BACKEND_NAMES,
  )
  t.equal(tf.getBackend(), 'cpu', 'the backend that was open is open again')
  for (const { name, device, gigaflops, why, mend } of reports) {
    t.equal(gigaflops > 0, device !== undefined, name)
    t.ok(device !== undefined || (why !== '' && mend !== ''), `${name} says why not and how to mend it`)
  }
  const wasm = reports.find(({ name }) => name === 'wasm')
  t.ok(wasm?.isForAuto && wasm.gigaflops > 0.5, `${wasm?.gigaflops} GFLOP/s`)
})

t.test('wasm opens when it is asked for', async (t) => {
  t.match(await openBackend('wasm'), { name: 'wasm', isSoftware: false, needsExplicitExit: false })
  t.equal(tf.getBackend(), 'wasm')
})

t.test('a forced backend that is not there is refused with the way to mend it', async (t) => {
  for (const name of ['tfjs-node', 'tfjs-node-gpu'] as const) {
    if (reports.some((report) => report.name === name && report.device !== undefined)) continue
    const expected = { name: 'RuntimeError', code: 'ERR_BACKEND_UNAVAILABLE', details: { backend: name } }
    await t.rejects(openBackend(name), {
      ...expected,
      message: new RegExp(`backend ${name}: .*npm install @tensorflow/${name}`),
    })
  }
})

t.test('webgpu trains as wasm does, and auto passes over a software adapter', async (t) => {
  const [webgpu] = (await train(['webgpu'])) as [Training]
  if (webgpu.losses === undefined) {
    t.equal(webgpu.code, 'ERR_BACKEND_UNAVAILABLE')
    t.not(process.env['MANYFOLD_REQUIRE_PEERS'], '1', `peers are required: ${webgpu.message}`)
    t.pass('no adapter', { skip: webgpu.message ?? 'no adapter' })
    return
  }
  const [auto, wasm] = (await train(['auto', 'wasm'])) as [Training, Training]
  const differences = webgpu.losses.map((loss, i) => Math.abs(loss - (wasm.losses?.[i] as number)))
  t.equal(wasm.losses?.length, 20)
  t.ok(Math.max(...differences) < 1e-3, `${webgpu.device}: ${Math.max(...differences)}`)
  t.ok((wasm.losses?.at(-1) as number) < (wasm.losses?.[0] as number), 'it learns')
  t.not(auto.isSoftware, true, `auto takes ${auto.name} on ${auto.device}`)
})

t.test('without a graphics adapter a forced webgpu says what to install', async (t) => {
  const [found] = (await train(['webgpu'], false)) as [Training]
  if (found.losses !== undefined) t.pass('no driver is needed', { skip: `there is ${found.device}` })
  else
    t.match(found, {
      code: 'ERR_BACKEND_UNAVAILABLE',
      message: /^backend webgpu: .*(Vulkan|npm install webgpu)/,
    })
})
