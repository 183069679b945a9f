import type { z } from 'zod'
import type { Layer } from '../../core/config.ts'
import type { Console } from '../console.ts'

/** What a command is run with. */
export interface Invocation {
  /** Positional arguments by name. */
  readonly positionals: Readonly<Record<string, string | undefined>>
  /** Of a command with `[runs..]`: all of these, from the command line or else the config file. */
  readonly runs: readonly string[]
  /** Flags and config file, the strongest first. */
  readonly layers: readonly Layer[]
  readonly console: Console
  /** Ctrl-C, where the command stops well. */
  readonly signal: AbortSignal
}

/** How a command ended: 0 done, 1 the work failed. */
export type ExitCode = 0 | 1

/** One command of the CLI: a thin call into the library. */
export interface Command {
  /** As yargs writes it, e.g. `train [scenario]`; `[runs..]` takes any number. */
  readonly usage: string
  readonly summary: string
  /** Command line and what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[]
  /**
   * Ctrl-C: `well`, the first one aborts the signal, so that what was done until then is kept; `at-once`, there
   * is nothing to keep, and the process ends as any does by the signal, even in the middle of a computation.
   */
  readonly stops: 'well' | 'at-once'
  /**
   * The command's options, for flags and help. They depend on what else is typed.
   *
   * @param typed positional arguments and the flags typed so far, by key
   * @param runs  of a command with `[runs..]`
   */
  options(typed: Readonly<Record<string, string | undefined>>, runs: readonly string[]): Promise<z.ZodObject>
  run(invocation: Invocation): Promise<ExitCode>
}
