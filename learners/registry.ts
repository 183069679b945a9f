import { closest } from 'fastest-levenshtein'
import { RuntimeError } from '../runtime/core/errors.ts'
import type { AnyAlgorithm } from '../runtime/core/learner.ts'
import { importModule, looksLikePath, moduleUrl } from '../runtime/core/modules.ts'
import { bicnet } from './algorithms/bicnet.ts'
import { colight } from './algorithms/colight.ts'
import { commnet } from './algorithms/commnet.ts'
import { ermas } from './algorithms/ermas.ts'
import { fql } from './algorithms/fql.ts'
import { iac } from './algorithms/iac.ts'
import { idqn } from './algorithms/idqn.ts'
import { ippo } from './algorithms/ippo.ts'
import { iql } from './algorithms/iql.ts'
import { matrl } from './algorithms/matrl.ts'
import { mfac } from './algorithms/mfac.ts'
import { mfq } from './algorithms/mfq.ts'
import { minimaxQ } from './algorithms/minimax-q.ts'
import { nashQ } from './algorithms/nash-q.ts'
import { netac } from './algorithms/netac.ts'
import { netpg } from './algorithms/netpg.ts'
import { netq } from './algorithms/netq.ts'
import { phc } from './algorithms/phc.ts'
import { tabularQ } from './algorithms/tabular-q.ts'
import { wolfPhc } from './algorithms/wolf-phc.ts'

/** Every learning algorithm that ships with Manyfold. A new one is a new file and one line here. */
export const algorithms: readonly AnyAlgorithm[] = [
  iql,
  mfq,
  fql,
  idqn,
  colight,
  iac,
  ippo,
  mfac,
  commnet,
  bicnet,
  netac,
  netpg,
  netq,
  matrl,
  ermas,
  tabularQ,
  minimaxQ,
  nashQ,
  phc,
  wolfPhc,
]

/** What every algorithm has. */
const FUNCTIONS = ['create', 'acting', 'exploration'] as const

/**
 * An algorithm by its name, or by the path or file URL of a module that exports it as `algorithm`.
 *
 * @throws ERR_CONFIG_INVALID for an unknown name, with the nearest one, and for a module without an algorithm; ERR_FILE_MISSING
 */
export async function loadAlgorithm(reference: string): Promise<AnyAlgorithm> {
  const found = algorithms.find(({ name }) => name === reference)
  if (found) return found
  if (!looksLikePath(reference)) {
    const names = algorithms.map(({ name }) => name)
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      `--algorithm: expected one of ${names.join(', ')} or the path of a module, got '${reference}'; ` +
        `did you mean ${closest(reference, names)}?`,
      { details: { got: reference } },
    )
  }
  const { algorithm } = (await importModule(reference, '--algorithm')) as {
    readonly algorithm?: AnyAlgorithm
  }
  if (algorithm?.options && FUNCTIONS.every((name) => typeof algorithm[name] === 'function')) return algorithm
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `--algorithm: expected ${reference} to export \`algorithm\`, made by defineAlgorithm`,
  )
}

/** The reference under which another process on this machine finds the same algorithm. */
export function resolveAlgorithm(reference: string): string {
  return algorithms.some(({ name }) => name === reference) ? reference : moduleUrl(reference)
}
