import { RuntimeError } from '../runtime/core/errors.ts'
import { BACKEND_NAMES, type BackendChoice, type BackendName } from './backend-names.ts'
import { tf } from './tf.ts'
import { installFastTranspose } from './wasm-transpose.ts'

/** The backend that all tensors of this process live on from now on. */
export interface Backend {
  readonly name: BackendName
  /** What computes, in words: the graphics adapter, `CUDA`, `CPU, WASM SIMD` … */
  readonly device: string
  /** True for a graphics adapter that is emulated on the CPU. */
  readonly isSoftware: boolean
  /** True when the process does not end by itself: call `process.exit`. */
  readonly needsExplicitExit: boolean
}

/** One line of `doctor`. */
export interface BackendReport {
  readonly name: BackendName
  /** What computes; `undefined` when the backend can't be opened. */
  readonly device: string | undefined
  /** True when `auto` may choose it. */
  readonly isForAuto: boolean
  /** Why it can't be opened, or why `auto` passes over it; empty when all is well. */
  readonly why: string
  /** How to mend that; empty when there is nothing to mend. */
  readonly mend: string
  /** Speed on a float32 product 512×512×512, in 10⁹ operations a second; 0 when it can't be opened. */
  readonly gigaflops: number
}

/** Fastest first. `cpu` is for tests: 40 times slower than `wasm`. */
const AUTO_ORDER: readonly BackendName[] = ['tfjs-node-gpu', 'webgpu', 'tfjs-node', 'wasm']

const MEND_WEBGPU = 'npm install webgpu @tensorflow/tfjs-backend-webgpu'
const MEND_ADAPTER =
  'install the Vulkan loader and driver of your graphics card (libvulkan1 and its driver on Debian)'
const FIRST_NODE_WITHOUT_TFJS_NODE = 23

/** Adapters that compute on the CPU; some do not say so in `isFallbackAdapter`. */
const SOFTWARE_ADAPTER = /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i

/**
 * Makes one backend the process's own. Call it once, before the first tensor: tensors do not move
 * between backends.
 *
 * On `webgpu` read with `await tensor.data()`: there is no `dataSync` in Node.
 *
 * @param choice a name forces that backend, `webgpu` even on a software adapter, which `auto` avoids
 * @throws RuntimeError ERR_BACKEND_UNAVAILABLE with the cause and the way to mend it
 */
export async function openBackend(choice: BackendChoice = 'auto'): Promise<Backend> {
  if (choice !== 'auto') {
    const attempt = await tryOpen(choice, 'any')
    if (attempt.kind === 'opened') return attempt.backend
    throw unavailable(choice, `${attempt.why}; ${attempt.mend}`, attempt.cause)
  }
  const reasons: string[] = []
  for (const name of AUTO_ORDER) {
    const attempt = await tryOpen(name, 'hardware')
    if (attempt.kind === 'opened') return attempt.backend
    reasons.push(`${name}: ${attempt.why}`)
  }
  throw unavailable('auto', reasons.join('; '))
}

/**
 * Opens and measures every backend in turn, then goes back to the one that was open. End the process
 * with `process.exit` afterwards, since this may have opened `webgpu`.
 */
export async function probeBackends(): Promise<BackendReport[]> {
  const before = tf.getBackend()
  const reports: BackendReport[] = []
  for (const name of BACKEND_NAMES) reports.push(await probe(name))
  if (before) await tf.setBackend(before)
  return reports
}

async function probe(name: BackendName): Promise<BackendReport> {
  const attempt = await tryOpen(name, 'any')
  if (attempt.kind === 'unavailable') {
    const { why, mend } = attempt
    return { name, device: undefined, isForAuto: false, why, mend, gigaflops: 0 }
  }
  const { device, isSoftware } = attempt.backend
  const gigaflops = await measureGigaflops()
  if (isSoftware) {
    const why = 'a software adapter, used only when asked for'
    return { name, device, isForAuto: false, why, mend: MEND_ADAPTER, gigaflops }
  }
  const isForAuto = AUTO_ORDER.includes(name)
  return { name, device, isForAuto, why: isForAuto ? '' : 'used only when asked for', mend: '', gigaflops }
}

/** Median speed of three runs, each of as many products 512×512×512 as take 20 ms. */
async function measureGigaflops(): Promise<number> {
  const size = 512
  const [a, b] = tf.tidy(() => [tf.ones<tf.Rank.R2>([size, size]), tf.ones<tf.Rank.R2>([size, size])])
  const time = async (products: number) => {
    const start = performance.now()
    const last = tf.tidy(() => {
      for (let i = 1; i < products; i++) tf.matMul(a, b)
      return tf.slice(tf.matMul(a, b), [0, 0], [1, 1])
    })
    await last.data() // the products are done when the last one can be read
    last.dispose()
    return performance.now() - start
  }
  await time(1) // compiles
  let products = 1
  while (products < 1024 && (await time(products)) < 20) products *= 4
  const runs = [await time(products), await time(products), await time(products)].sort((x, y) => x - y)
  tf.dispose([a, b])
  return (products * 2 * size ** 3) / (runs[1] as number) / 1e6
}

type Attempt =
  | { readonly kind: 'opened'; readonly backend: Backend }
  | { readonly kind: 'unavailable'; readonly why: string; readonly mend: string; readonly cause?: unknown }

/** Which graphics adapters will do. */
type AdapterKind = 'hardware' | 'any'

/** Opens one backend and makes it the process's own, or says why not. */
async function tryOpen(name: BackendName, adapters: AdapterKind): Promise<Attempt> {
  tf.enableProdMode() // no advertisements on stderr; changes nothing else
  switch (name) {
    case 'tfjs-node-gpu':
    case 'tfjs-node':
      return tryNative(name)
    case 'webgpu':
      return tryWebGpu(adapters)
    case 'wasm':
      return tryWasm()
    case 'cpu':
      return select('cpu', {
        name,
        device: 'CPU, plain JavaScript',
        isSoftware: false,
        needsExplicitExit: false,
      })
  }
}

async function tryWasm(): Promise<Attempt> {
  await import('@tensorflow/tfjs-backend-wasm')
  installFastTranspose()
  const hasSimd = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) === true
  const device = `CPU, WASM ${hasSimd ? 'with' : 'without'} SIMD, one thread`
  return select('wasm', { name: 'wasm', device, isSoftware: false, needsExplicitExit: false })
}

/** libtensorflow. Either package registers itself as `tensorflow`; the GPU one may find no GPU. */
async function tryNative(name: 'tfjs-node-gpu' | 'tfjs-node'): Promise<Attempt> {
  const mend = `use Node below ${FIRST_NODE_WITHOUT_TFJS_NODE} and npm install @tensorflow/${name}, with install scripts allowed: they download libtensorflow`
  if (Number.parseInt(process.versions.node, 10) >= FIRST_NODE_WITHOUT_TFJS_NODE) {
    return { kind: 'unavailable', why: `does not work on Node ${process.versions.node}`, mend }
  }
  try {
    const specifier: string = `@tensorflow/${name}` // a variable, for the compiler must not resolve it
    await import(specifier)
  } catch (cause) {
    return { kind: 'unavailable', why: whyImportFailed(cause), mend, cause }
  }
  const device = name === 'tfjs-node-gpu' ? 'CUDA, libtensorflow' : 'CPU, libtensorflow'
  const attempt = await select('tensorflow', { name, device, isSoftware: false, needsExplicitExit: false })
  if (name === 'tfjs-node' || attempt.kind === 'unavailable') return attempt
  const native = tf.backend() as { readonly isUsingGpuDevice?: boolean }
  if (native.isUsingGpuDevice) return attempt
  return {
    kind: 'unavailable',
    why: 'libtensorflow finds no CUDA device',
    mend: 'install CUDA 11 and cuDNN 8',
  }
}

async function tryWebGpu(adapters: AdapterKind): Promise<Attempt> {
  if (process.platform === 'linux' && !canLoadLibrary('libvulkan.so.1')) {
    return { kind: 'unavailable', why: 'libvulkan.so.1 can not be loaded', mend: MEND_ADAPTER }
  }
  try {
    const { create, globals } = await import('webgpu')
    const gpu = create([])
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
    if (adapter === null) {
      return { kind: 'unavailable', why: 'no graphics adapter found', mend: MEND_ADAPTER }
    }
    const { vendor, architecture, description, isFallbackAdapter } = adapter.info
    const device = [vendor, architecture, description].filter((word) => word !== '').join(' ')
    const isSoftware = isFallbackAdapter || SOFTWARE_ADAPTER.test(device)
    if (isSoftware && adapters === 'hardware') {
      return { kind: 'unavailable', why: `${device} is a software adapter`, mend: MEND_ADAPTER }
    }
    provideGpu(gpu, globals)
    await import('@tensorflow/tfjs-backend-webgpu') // registers itself only if it finds `navigator.gpu`
    return select('webgpu', { name: 'webgpu', device, isSoftware, needsExplicitExit: true })
  } catch (cause) {
    return { kind: 'unavailable', why: whyImportFailed(cause), mend: MEND_WEBGPU, cause }
  }
}

/** Gives tfjs-backend-webgpu the browser's globals, and `gpu` a reference for the life of the process. */
function provideGpu(gpu: GPU, globals: object): void {
  const navigator: object = Reflect.get(globalThis, 'navigator') ?? {}
  if ('gpu' in navigator) return
  Object.assign(globalThis, globals)
  Object.defineProperty(navigator, 'gpu', { value: gpu })
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true })
}

/** Dawn complains on stderr when it misses this library, so ask first. An addon it never is. */
function canLoadLibrary(file: string): boolean {
  try {
    process.dlopen({ exports: {} }, file)
    return true
  } catch (error) {
    return !String(error).includes('cannot open shared object file')
  }
}

async function select(registeredName: string, backend: Backend): Promise<Attempt> {
  const mend = 'npm ci, to install it afresh'
  try {
    if (await tf.setBackend(registeredName)) return { kind: 'opened', backend }
    return { kind: 'unavailable', why: 'TensorFlow.js could not start it', mend }
  } catch (cause) {
    return { kind: 'unavailable', why: firstLine(cause), mend, cause }
  }
}

function whyImportFailed(cause: unknown): string {
  const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND'
  return isMissing ? 'not installed' : firstLine(cause)
}

function firstLine(cause: unknown): string {
  return String(cause instanceof Error ? cause.message : cause).split('\n', 1)[0] as string
}

function unavailable(choice: BackendChoice, reason: string, cause?: unknown): RuntimeError {
  return new RuntimeError('ERR_BACKEND_UNAVAILABLE', `backend ${choice}: ${reason}`, {
    details: { backend: choice },
    cause,
  })
}
