import { suggest } from '../config.ts'
import { RuntimeError } from '../errors.ts'
import { looksLikePath } from '../modules.ts'
import { readGameFile } from './game-file.ts'
import { namedGames } from './named-games.ts'
import type { NormalFormGame } from './normal-form.ts'
import { GAME_KINDS, type GameKind, randomGame } from './random-games.ts'

const RANDOM = 'random-'

/** What a game can be called where it is no file. */
export const gameNames: readonly string[] = [
  ...Object.keys(namedGames),
  ...GAME_KINDS.map((kind) => `${RANDOM}${kind}`),
]

/**
 * A game by its name, a random one by its kind, such as `random-cyclic`, or one from a file.
 *
 * @param reference a name of `gameNames`, or the path of a YAML or JSON file
 * @param seed      of random games
 * @throws ERR_CONFIG_INVALID for an unknown name, with the nearest one; ERR_FILE_MISSING, ERR_FILE_INVALID
 */
export function loadGame(reference: string, seed = 0): NormalFormGame {
  if (Object.hasOwn(namedGames, reference)) return namedGames[reference as keyof typeof namedGames]
  const kind = GAME_KINDS.find((kind) => reference === RANDOM + kind)
  if (kind !== undefined) return randomGame(kind satisfies GameKind, seed)
  if (looksLikePath(reference)) return readGameFile(reference)
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `game: expected one of ${gameNames.join(', ')} or the path of a file, got '${reference}'${suggest(reference, gameNames)}`,
    { details: { field: 'game', got: reference } },
  )
}
