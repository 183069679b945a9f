import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { TrainSummary } from '../../../runtime/launch/train.ts'

const CLI = fileURLToPath(new URL('../../../runtime/launch/cli.js', import.meta.url))
/** Bounds every wait: a test that gets stuck fails instead. */
const DEADLINE_MS = 60_000

const COMMAND_LINES = fileURLToPath(new URL('../../fixtures/command-lines.js', import.meta.url))
const BARE_THREADS = `--import=${new URL('../../fixtures/bare-threads.js', import.meta.url).href}`

const FAULTY_SCENARIO: string = fileURLToPath(new URL('../../fixtures/faulty-scenario.js', import.meta.url))

const SMALL_LEARNER = [
  '--network',
  'perceptron',
  '--hidden',
  '16',
  '--batch-size',
  '64',
  '--learning-starts',
  '200',
  '--checkpoint-every',
  '1000000',
  '--replay-capacity',
  '2000',
  '--segment-steps',
  '8',
  '--worlds',
  '4',
  '--threads',
  '1',
  '--eval-episodes',
  '0',
] as const

/** A training of battle that takes a second. */
export const SMALL_BATTLE: readonly string[] = [
  'train',
  'battle',
  '--agents',
  '16',
  '--map-size',
  '16',
  '--max-steps',
  '60',
  ...SMALL_LEARNER,
]

/** The same with 8 agents that never die, and that fail when they are told to. */
export const SMALL_COUNTING: readonly string[] = [
  'train',
  FAULTY_SCENARIO,
  '--agents',
  '8',
  '--step',
  '3',
  ...SMALL_LEARNER,
]

/** What a training says of its learner. */
export const LEARNER: RegExp = /^learner on .*, process (\d+)$/

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** The CLI as a child process. */
export interface Running {
  readonly pid: number
  readonly ended: Promise<Ended>
  /** The first line of stderr that matches, from now on or before; fails when the process ends without one. */
  line(pattern: RegExp): Promise<RegExpExecArray>
  kill(signal: NodeJS.Signals): void
}

export interface StartOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Largest file that the process and its children may write, in KiB: beyond it the disk is full. */
  readonly fileLimitKiB?: number
  /**
   * With what tap preloads to measure coverage. It makes every process a second slower, and handles signals:
   * only for tests that run what no other does.
   */
  readonly isMeasured?: boolean
}

const IS_COVERED = process.env['TAP_DISABLE_COVERAGE'] !== '1'

export const MEASURED: StartOptions = { isMeasured: true }

/** Beyond the limit a process is ended by a signal; with a handler it gets an error, as from a full disk. */
const SURVIVE_LIMIT = "--import=data:text/javascript,process.on('SIGXFSZ',()=>{})"

const children = new Set<ChildProcess>()
// A test that fails may leave some.
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

export function start(args: readonly string[], options: StartOptions = {}): Running {
  return startProgram(CLI, args, options)
}

function startProgram(
  program: string,
  args: readonly string[],
  { cwd, env, fileLimitKiB, isMeasured }: StartOptions,
): Running {
  const limit = fileLimitKiB === undefined ? '' : `ulimit -f ${fileLimitKiB}; `
  const own = fileLimitKiB === undefined ? env?.['NODE_OPTIONS'] : SURVIVE_LIMIT
  // tap adds to the NODE_OPTIONS of every child.
  const options =
    isMeasured && IS_COVERED
      ? `export NODE_OPTIONS="$NODE_OPTIONS ${BARE_THREADS}"; `
      : 'export NODE_OPTIONS="$OWN_NODE_OPTIONS"; '
  // bash counts in KiB, other shells in blocks of 512 bytes.
  const child = spawn(
    'bash',
    ['-c', `${options}${limit}exec "$0" "$@"`, process.execPath, program, ...args],
    {
      cwd,
      env: { ...process.env, ...env, OWN_NODE_OPTIONS: own ?? '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  children.add(child)
  const lines: string[] = []
  const watchers = new Set<() => void>()
  let isOver = false
  createInterface({ input: child.stderr }).on('line', (text) => {
    lines.push(text)
    for (const watcher of watchers) watcher()
  })
  const ended = watchEnd(child, lines).finally(() => {
    children.delete(child)
    isOver = true
    for (const watcher of watchers) watcher()
  })
  ended.catch(() => undefined)
  return {
    pid: child.pid!,
    ended,
    line: (pattern) =>
      within(`a line like ${pattern}`, lines, (resolve, reject) => {
        const look = (): void => {
          const found = lines.map((text) => pattern.exec(text)).find((match) => match !== null)
          if (!found && !isOver) return
          watchers.delete(look)
          if (found) resolve(found)
          else reject(new Error(`ended without a line like ${pattern}:\n${lines.join('\n')}`))
        }
        watchers.add(look)
        look()
      }),
    kill: (signal) => child.kill(signal),
  }
}

function watchEnd(child: ChildProcess, lines: readonly string[]): Promise<Ended> {
  let stdout = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  return within<Ended>('the end', lines, (resolve) => {
    void once(child, 'close').then(([code, signal]) =>
      resolve({ code, signal, stdout, stderr: lines.map((line) => `${line}\n`).join('') }),
    )
  }).catch((error) => {
    child.kill('SIGKILL')
    throw error
  })
}

function within<T>(
  what: string,
  lines: readonly string[],
  wait: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`expected ${what} within ${DEADLINE_MS} ms:\n${lines.join('\n')}`)),
      DEADLINE_MS,
    )
    wait(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}

/** Runs the CLI to its end. */
export function run(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return start(args, options).ended
}

/** Runs several command lines, one after the other in one process that is not otherwise their own. */
export async function runAll(
  lines: readonly (readonly string[])[],
  options: StartOptions = {},
): Promise<readonly Ended[]> {
  const { code, stdout, stderr } = await startProgram(COMMAND_LINES, [JSON.stringify(lines)], options).ended
  const ends = stdout.split('\n').slice(0, -1)
  if (code !== 0 || ends.length < lines.length) throw new Error(`exit code ${code}\n${stdout}\n${stderr}`)
  return ends.map((end) => JSON.parse(end))
}

/** The one JSON object that --json ends with. */
export function resultOf<T = TrainSummary>({ stdout, stderr, code }: Ended): T {
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  if (!last.startsWith('{'))
    throw new Error(`expected an object on stdout, got exit code ${code} and\n${stderr}`)
  return JSON.parse(last) as T
}

/** Bytes of every file of the latest checkpoint but its state, by name. */
export function checkpointFiles(out: string): Readonly<Record<string, Buffer>> {
  const checkpoints = join(out, 'checkpoints')
  const latest = readdirSync(checkpoints).toSorted().at(-1)!
  const files = readdirSync(join(checkpoints, latest)).filter((name) => name.endsWith('.safetensors'))
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(checkpoints, latest, name))]))
}

/** Names of the files in which two runs' last checkpoints differ. */
export function differences(one: string, other: string): readonly string[] {
  const [a, b] = [checkpointFiles(one), checkpointFiles(other)]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => !a[name]?.equals(b[name]!))
}

export function listDeep(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true }).map(String).toSorted()
}

/** Lines of `metrics.jsonl`. */
export function metricsOf(
  out: string,
): readonly { readonly step: number; readonly values: Record<string, number> }[] {
  const text = readFileSync(join(out, 'metrics.jsonl'), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** True while a process of this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
