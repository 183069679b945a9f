import { RuntimeError } from '../../runtime/core/errors.ts'
import type { NormalFormGame } from '../../runtime/core/games/normal-form.ts'

/** A game of two as numbers of rows and columns. @throws ERR_ARGUMENT_INVALID for one of more or fewer players */
export function rowsAndColumns({ actions }: NormalFormGame, solver: string): readonly [number, number] {
  if (actions.length !== 2) {
    throw new RuntimeError(
      'ERR_ARGUMENT_INVALID',
      `${solver}: expected a game of two players, got one of ${actions.length}`,
    )
  }
  return actions as [number, number]
}
