#!/usr/bin/env node
import yargs, { type Argv } from 'yargs'
import { hideBin } from 'yargs/helpers'
import { loadScenario } from '../../scenarios/registry.ts'
import { type Field, fieldsOf, type Layer, parseFlag } from '../core/config.ts'
import { isUsageError, RuntimeError } from '../core/errors.ts'
import { benchCommand } from './commands/bench.ts'
import type { Command } from './commands/command.ts'
import { doctorCommand } from './commands/doctor.ts'
import { evalCommand } from './commands/eval.ts'
import { joinCommand } from './commands/join.ts'
import { listCommand } from './commands/list.ts'
import { reportCommand } from './commands/report.ts'
import { runCommand } from './commands/run.ts'
import { solveCommand } from './commands/solve.ts'
import { sweepCommand } from './commands/sweep.ts'
import { tournamentCommand } from './commands/tournament.ts'
import { trafficCommand } from './commands/traffic.ts'
import { trainCommand } from './commands/train.ts'
import { verifyCommand } from './commands/verify.ts'
import { createConsole } from './console.ts'
import { readOptionsFile } from './options-file.ts'
import { VERSION } from './version.ts'

const COMMANDS: readonly Command[] = [
  trainCommand,
  runCommand,
  evalCommand,
  tournamentCommand,
  sweepCommand,
  reportCommand,
  benchCommand,
  verifyCommand,
  solveCommand,
  joinCommand,
  trafficCommand,
  doctorCommand,
  listCommand,
]

/** Positional argument of commands that take any number of runs. */
const RUNS = 'runs'

/** Flags of every command that are no part of its config. */
const PLAIN_FLAGS = ['config', 'json', 'verbose', 'help', 'h', 'version'] as const
const YARGS_KEYS = ['_', '$0']

const FAILED = 1
const BAD_USAGE = 2
/** A second Ctrl-C does not wait. */
const INTERRUPTED = 130

const args = hideBin(process.argv)
process.exit(await main(args))

async function main(argv: readonly string[]): Promise<number> {
  let code = 0
  const program = yargs([...argv])
    .scriptName('manyfold')
    .usage(
      '$0 <command>\n\nMany-agent reinforcement learning: simulation, rollouts and learning on all cores.',
    )
    .version(VERSION)
    .alias('help', 'h')
    .parserConfiguration({
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .option('config', {
      type: 'string',
      requiresArg: true,
      describe: 'YAML or JSON file with options; flags are stronger',
    })
    .option('json', { type: 'boolean', describe: 'end with one JSON object as the last line of stdout' })
    .option('verbose', { type: 'boolean', describe: 'show the stack of an error' })
    .wrap(Math.min(110, process.stderr.columns ?? 110))
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new RuntimeError('ERR_CONFIG_INVALID', lowerFirst(message))
    })
  for (const command of COMMANDS) {
    program.command(
      command.usage,
      command.summary,
      (builder) => describeCommand(builder, command, argv),
      async (parsed) => {
        code = await execute(command, lastOnes(parsed as Parsed), argv)
      },
    )
  }
  program.command('*', false, {}, (parsed) => {
    if (parsed._.length === 0) {
      program.showHelp()
      code = BAD_USAGE
      return
    }
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      `unknown command '${String(parsed._[0])}'; \`manyfold --help\` lists them`,
    )
  })
  try {
    await program.parseAsync()
    return code
  } catch (error) {
    return report(asUsageError(error), argv.includes('--verbose'))
  }
}

type Parsed = Readonly<Record<string, unknown>>

/** Of a flag that was typed several times, the last one. yargs needs them all, for it reads lists of positionals as flags. */
function lastOnes(parsed: Parsed): Parsed {
  const last = (key: string, value: unknown) =>
    Array.isArray(value) && key !== '_' && key !== RUNS ? value.at(-1) : value
  return Object.fromEntries(Object.entries(parsed).map(([key, value]) => [key, last(key, value)]))
}

/** What yargs throws itself is about the command line. */
function asUsageError(error: unknown): unknown {
  const isOfYargs = error instanceof Error && error.name === 'YError'
  return isOfYargs
    ? new RuntimeError('ERR_CONFIG_INVALID', lowerFirst(error.message), { cause: error })
    : error
}

/** One line for what the user can mend, a stack only on request. */
function report(error: unknown, verbose: boolean): number {
  const message = error instanceof Error ? error.message : String(error)
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined
  const isExplained = cause === undefined || isUsageError(error) || message.includes(cause.message)
  process.stderr.write(`manyfold: ${isExplained ? message : `${message}, because: ${cause.message}`}\n`)
  if (verbose && error instanceof Error) process.stderr.write(`${error.stack}\n${cause?.stack ?? ''}\n`)
  return isUsageError(error) ? BAD_USAGE : FAILED
}

/** Adds a command's flags, which may hang on its positional arguments and on other flags. */
async function describeCommand(builder: Argv, command: Command, argv: readonly string[]): Promise<Argv> {
  const positionals = positionalNames(command)
  for (const name of positionals) builder.positional(name, { type: 'string' })
  for (const [line, does] of command.examples) builder.example(line, does)
  const { typed, runs } = await peek(argv, positionals)
  for (const field of fieldsOf(await command.options(typed, runs))) addFlag(builder, field)
  return builder
}

function positionalNames({ usage }: Command): string[] {
  return [...usage.matchAll(/[<[](\w+)(?:\.\.)?[>\]]/g)].map((match) => match[1]!)
}

function addFlag(builder: Argv, { flag, type, description, choices, default: value }: Field): void {
  const allowed = choices ? ` [${choices.join(' | ')}]` : ''
  builder.option(flag, {
    ...(type === 'boolean' ? { type } : { nargs: 1, requiresArg: true }),
    describe: description + allowed,
    ...(value !== undefined && { defaultDescription: value }),
  })
}

interface Peeked {
  readonly typed: Readonly<Record<string, string | undefined>>
  readonly runs: readonly string[]
}

/** Positionals, and flags with their values, before anything is known about them; a config file's come last. */
async function peek(argv: readonly string[], positionals: readonly string[]): Promise<Peeked> {
  const typed: Record<string, string | undefined> = {}
  const runs: string[] = []
  const names = ['command', ...positionals]
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!
    const flag = /^--([a-z-]+)(?:=(.*))?$/s.exec(word)
    if (!flag && !word.startsWith('-')) {
      if (names[0] === RUNS) runs.push(word)
      else if (names.length > 0) typed[names.shift()!] = word
    }
    if (!flag) continue
    const key = toKey(flag[1]!)
    const next = argv[i + 1]
    if (flag[2] !== undefined) typed[key] = flag[2]
    else if (next !== undefined && !next.startsWith('--') && !isSwitch(key)) {
      typed[key] = next
      i++
    }
  }
  const file = typed['config'] === undefined ? {} : await readConfigFile(typed['config'], typed['scenario'])
  const fromFile = Object.fromEntries(Object.entries(file).map(([key, value]) => [key, String(value)]))
  const isInFile = positionals.includes(RUNS) && runs.length === 0 && typed['config'] !== undefined
  return {
    typed: { ...fromFile, ...typed },
    runs: isInFile ? runsOfFile(file, typed['config']!) : runs,
  }
}

/** @throws ERR_FILE_INVALID */
function runsOfFile({ [RUNS]: runs = [] }: Readonly<Record<string, unknown>>, path: string): string[] {
  if (Array.isArray(runs) && runs.every((run) => typeof run === 'string')) return runs
  throw new RuntimeError(
    'ERR_FILE_INVALID',
    `--config: ${path}: ${RUNS}: expected a list of names and paths, got ${JSON.stringify(runs)}`,
  )
}

/** Flags that never take a value: what follows them is a positional. */
function isSwitch(key: string): boolean {
  return key === 'json' || key === 'verbose' || key === 'help' || key.startsWith('no-')
}

function lowerFirst(text: string): string {
  return text.replace(/^[A-Z]/, (letter) => letter.toLowerCase())
}

function toKey(flag: string): string {
  return flag.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

/** Options from a file: in our own format, or in that of the scenario that was typed. */
async function readConfigFile(path: string, scenario: string | undefined): Promise<Record<string, unknown>> {
  const own = scenario === undefined ? undefined : (await loadScenario(scenario)).readConfig?.(path)
  return own ?? readOptionsFile(path, '--config')
}

async function execute(command: Command, parsed: Parsed, argv: readonly string[]): Promise<number> {
  const names = positionalNames(command)
  const [, extra] = parsed['_'] as readonly (string | number)[]
  if (extra !== undefined) {
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      `command line: expected ${command.usage}, got one more: '${extra}'`,
    )
  }
  const peeked = await peek(argv, names)
  const fields = fieldsOf(await command.options(peeked.typed, peeked.runs))
  const path = parsed['config'] as string | undefined
  const typed = names.includes('scenario') ? (parsed['scenario'] as string | undefined) : undefined
  const file = path === undefined ? undefined : await readConfigFile(path, typed)
  refuseSwitchValues(argv, fields)
  const layers: Layer[] = [
    { source: 'flag', name: 'command line', values: flagValues(parsed, fields, names) },
  ]
  const scenario = file?.['scenario']
  if (file) {
    const { scenario: _, ...values } = file
    if (names.includes(RUNS)) delete values[RUNS]
    layers.push({ source: 'file', name: path!, values })
  }
  const console = createConsole({
    json: parsed['json'] === true,
    stdout: process.stdout,
    stderr: process.stderr,
    now: () => performance.now(),
  })
  const single = names.filter((name) => name !== RUNS)
  const positionals = Object.fromEntries(single.map((name) => [name, parsed[name] as string | undefined]))
  const typedRuns = (parsed[RUNS] ?? []) as readonly string[]
  const isInFile = names.includes(RUNS) && typedRuns.length === 0 && file !== undefined
  const runs = isInFile ? runsOfFile(file, path!) : typedRuns
  if (names.includes('scenario')) positionals['scenario'] ??= scenario as string | undefined
  const signal = command.stops === 'well' ? interruption(console) : new AbortController().signal
  try {
    return await command.run({ positionals, runs, layers, console, signal })
  } finally {
    console.endProgress()
  }
}

/** yargs takes `--minimap=3` for false. */
function refuseSwitchValues(argv: readonly string[], fields: readonly Field[]): void {
  const switches = [
    'json',
    'verbose',
    ...fields.filter(({ type }) => type === 'boolean').map(({ flag }) => flag),
  ]
  for (const word of argv) {
    const [, flag, value] = /^--([a-z-]+)=(.*)$/s.exec(word) ?? []
    if (flag === undefined || !switches.includes(flag) || value === 'true' || value === 'false') continue
    throw new RuntimeError('ERR_CONFIG_INVALID', `--${flag}: expected true or false, got "${value}"`)
  }
}

/** What was typed, by config key; unknown flags too, for the config to refuse. */
function flagValues(
  parsed: Parsed,
  fields: readonly Field[],
  positionals: readonly string[],
): Record<string, unknown> {
  const ignored: readonly string[] = [...PLAIN_FLAGS, ...YARGS_KEYS, ...positionals]
  const values: Record<string, unknown> = {}
  for (const [flag, text] of Object.entries(parsed)) {
    if (ignored.includes(flag) || text === undefined) continue
    const field = fields.find((known) => known.flag === flag)
    values[field?.key ?? toKey(flag)] = field ? parseFlag(field, text) : text
  }
  return values
}

/** The first Ctrl-C asks the command to end well, the second ends the process. */
function interruption(console: { log(line: string): void }): AbortSignal {
  const controller = new AbortController()
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED)
    console.log('stopping; once more to stop at once')
    controller.abort()
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  return controller.signal
}
