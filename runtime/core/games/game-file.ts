import { createRequire } from 'node:module'
import { z } from 'zod'
import { RuntimeError } from '../errors.ts'
import { readBytes } from '../files.ts'
import { type NormalFormGame, normalForm } from './normal-form.ts'

/** More joint actions are more payoffs than solvers and tables are made for. */
const MOST_JOINT_ACTIONS = 1_000_000

const word = z.union([z.string().trim().min(1), z.number()]).transform(String)
/** Nested lists of numbers, which are checked with the game's shape in mind. */
const nested = z.unknown().refine(Array.isArray, 'expected nested lists of numbers')

const schema = z.strictObject({
  players: z.record(z.string(), z.array(word).min(1)),
  payoffs: nested.optional(),
  matrices: z.record(z.string(), nested).optional(),
})

/**
 * A game from a YAML or JSON file, as docs/games.md describes it.
 *
 * @throws ERR_FILE_MISSING, and ERR_FILE_INVALID with the field, what is there and what was expected
 */
export function readGameFile(path: string): NormalFormGame {
  const parsed = schema.safeParse(parse(path, readBytes(path).toString('utf8')))
  if (!parsed.success) {
    const { path: field, message } = parsed.error.issues[0]!
    throw invalid(path, field.join('.') || 'the top', `${lowerFirst(message)}; docs/games.md has an example`)
  }
  const { players, payoffs, matrices } = parsed.data
  const names = { players: Object.keys(players), actions: Object.values(players) }
  const actions = names.actions.map((own) => own.length)
  if (actions.length === 0)
    throw invalid(path, 'players', 'expected at least one player with its actions, got none')
  for (const [player, own] of names.actions.entries()) {
    const twice = own.find((action, i) => own.indexOf(action) !== i)
    if (twice === undefined) continue
    throw invalid(
      path,
      `players.${names.players[player]}`,
      `expected actions of different names, got ${twice} twice`,
    )
  }
  const joint = actions.reduce((product, count) => product * count, 1)
  if (joint > MOST_JOINT_ACTIONS) {
    throw invalid(
      path,
      'players',
      `expected at most ${MOST_JOINT_ACTIONS} joint actions, got ${actions.join(' × ')} = ${joint}; leave players or actions out`,
    )
  }
  if ((payoffs === undefined) === (matrices === undefined)) {
    throw invalid(
      path,
      'payoffs',
      `expected payoffs (what all players are paid, by joint action) or matrices (a nested list for each player), got ` +
        `${payoffs === undefined ? 'neither' : 'both'}`,
    )
  }
  const read =
    matrices === undefined
      ? ofCells(path, payoffs!, actions)
      : ofMatrices(path, matrices, names.players, actions)
  return { ...normalForm(actions, read), names }
}

/** Payoffs of cells that list what each player is paid. */
function ofCells(path: string, payoffs: unknown, actions: readonly number[]): number[][] {
  const flat = flatten(path, 'payoffs', payoffs, [...actions, actions.length])
  return actions.map((_, player) => flat.filter((_, at) => at % actions.length === player))
}

/** A nested list for each player; the second of two may be left out, which is paid the opposite then. */
function ofMatrices(
  path: string,
  matrices: Readonly<Record<string, unknown>>,
  players: readonly string[],
  actions: readonly number[],
): number[][] {
  const unknown = Object.keys(matrices).find((name) => !players.includes(name))
  if (unknown !== undefined) {
    throw invalid(path, `matrices.${unknown}`, `expected one of the players ${players.join(', ')}`)
  }
  const given = players.map((name) => (Object.hasOwn(matrices, name) ? matrices[name] : undefined))
  const read = given.map((matrix, player) =>
    matrix === undefined ? undefined : flatten(path, `matrices.${players[player]}`, matrix, actions),
  )
  const [first, second] = read
  if (read.length === 2 && first && !second) return [first, first.map((payoff) => 0 - payoff)]
  const missing = read.indexOf(undefined)
  if (missing < 0) return read as number[][]
  throw invalid(
    path,
    `matrices.${players[missing]}`,
    'expected what the player is paid, got nothing; only the second of two players may be left out, where it is paid the opposite',
  )
}

/** The numbers of nested lists in their order. @param lengths of the lists, the outermost first */
function flatten(path: string, field: string, value: unknown, lengths: readonly number[]): number[] {
  const [length, ...inner] = lengths
  if (length === undefined) {
    if (typeof value === 'number' && Number.isFinite(value)) return [value]
    throw invalid(path, field, `expected a number, got ${show(value)}`)
  }
  if (!Array.isArray(value) || value.length !== length) {
    const isCell = inner.length === 0 && field.startsWith('payoffs')
    const each = isCell ? 'what each player is paid' : "one for each of a player's actions"
    throw invalid(path, field, `expected a list of ${length}, ${each}, got ${show(value)}`)
  }
  return value.flatMap((part, i) => flatten(path, `${field}.${i}`, part, inner))
}

function show(value: unknown): string {
  return Array.isArray(value) ? `a list of ${value.length}` : (JSON.stringify(value) ?? 'nothing')
}

function parse(path: string, text: string): unknown {
  try {
    if (path.endsWith('.json')) return JSON.parse(text)
    // Only who has a file waits for it to load, and worlds are described at once.
    const yaml = createRequire(import.meta.url)('yaml') as typeof import('yaml')
    return yaml.parse(text)
  } catch (cause) {
    throw new RuntimeError('ERR_FILE_INVALID', `${path}: ${(cause as Error).message}`, { cause })
  }
}

function invalid(path: string, field: string, what: string): RuntimeError {
  return new RuntimeError('ERR_FILE_INVALID', `${path}: at ${field}: ${what}`, {
    details: { file: path, field },
  })
}

function lowerFirst(text: string): string {
  return text.replace(/^[A-Z]/, (letter) => letter.toLowerCase())
}
