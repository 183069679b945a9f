import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { toFlag } from '../../core/config.ts'
import { RuntimeError } from '../../core/errors.ts'
import { readJson } from '../../core/files.ts'
import { writeJsonAtomic } from '../../store/json-file.ts'
import { type JsonLines, openJsonLines } from '../../store/json-lines.ts'
import { describeEnvironment } from '../environment.ts'
import type { TournamentConfig } from './config.ts'

/** NaN and infinite values become null in JSON. */
const figure = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN)

const sideSchema = z.strictObject({
  score: figure,
  /** Total of the side's groups. */
  reward: figure,
  /** The scenario's own figures of the side: kills … */
  figures: z.record(z.string(), figure),
})

const gameSchema = z.strictObject({
  /** Ids of the two policies, in ascending order. */
  pair: z.tuple([z.string(), z.string()]),
  /** Number of the pair's episode, from 0 on. */
  episode: z.number().int().min(0),
  steps: z.number().int().min(0),
  /** In the order of `pair`. */
  sides: z.tuple([sideSchema, sideSchema]),
})

/** An episode that two policies played to its end. */
export type Game = z.output<typeof gameSchema>

const headSchema = z.looseObject({
  scenario: z.string(),
  scenarioOptions: z.record(z.string(), z.unknown()),
  seed: z.number(),
  selection: z.string(),
  participants: z.array(z.strictObject({ id: z.string(), name: z.string(), policy: z.string() })),
})

/** What decides the episodes of a tournament beside their numbers. */
type Head = z.output<typeof headSchema>

/**
 * Opens the record of a tournament in its folder, making it when it is not there.
 *
 * @throws ERR_OUTPUT_UNWRITABLE, or ERR_CONFIG_INVALID when it holds episodes of another tournament; ERR_FILE_INVALID
 *         when what it holds is damaged
 */
export async function openGameRecord(folder: string, config: TournamentConfig): Promise<JsonLines<Game>> {
  const headFile = join(folder, 'tournament.json')
  const gamesFile = join(folder, 'games.jsonl')
  const head = headOf(config)
  if (existsSync(headFile)) refuseOther(headFile, await readJson(headFile, headSchema), head)
  else if (existsSync(gamesFile)) {
    throw misfit(gamesFile, 'has no tournament.json beside it that says of what; remove it')
  }
  await writeJsonAtomic(headFile, { ...head, $environment: describeEnvironment() })
  return openJsonLines(gamesFile, gameSchemaOf(head))
}

/** Of a game that two of the tournament's policies played. */
function gameSchemaOf({ participants }: Head): typeof gameSchema {
  const ids = new Set(participants.map(({ id }) => id))
  return gameSchema.refine(
    ({ pair: [first, second] }) => first < second && ids.has(first) && ids.has(second),
    {
      path: ['pair'],
      message: "expected two of the tournament's policies, in ascending order",
    },
  )
}

function headOf({ reference, scenarioOptions, options, participants }: TournamentConfig): Head {
  const head: Head = {
    scenario: reference,
    scenarioOptions,
    seed: options.seed,
    selection: options.selection,
    participants: participants.map(({ id, name, policy }) => ({ id, name, policy: policy.name })),
  }
  // As it is read back: without what is undefined.
  return JSON.parse(JSON.stringify(head)) as Head
}

/** More participants are welcome: they change no episode of the others. */
function refuseOther(file: string, then: Head, now: Head): void {
  const flat = ({ scenario, seed, selection, scenarioOptions }: Head): Record<string, unknown> => ({
    scenario,
    seed,
    selection,
    ...scenarioOptions,
  })
  const [before, after] = [flat(then), flat(now)]
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [a, b] = [JSON.stringify(before[key]), JSON.stringify(after[key])]
    if (a === b) continue
    throw misfit(
      file,
      `is of a tournament with ${toFlag(key)} ${a ?? 'left out'}, got ${b ?? 'it left out'}; go on as it was`,
    )
  }
  for (const { id, name, policy } of then.participants) {
    if (now.participants.some((other) => other.id === id)) continue
    const isChanged = now.participants.some((other) => other.policy === policy)
    throw misfit(
      file,
      isChanged
        ? `has episodes of ${policy} with other weights than it has now; name the checkpoint that played`
        : `has episodes of ${name} (${policy}), which is not named now; name it too`,
    )
  }
}

function misfit(file: string, what: string): RuntimeError {
  return new RuntimeError('ERR_CONFIG_INVALID', `${file}: ${what}, or choose another --out`, {
    details: { file },
  })
}
