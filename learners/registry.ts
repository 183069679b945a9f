import type { AnyAlgorithm } from '../runtime/core/learner.ts'
import { bicnet } from './algorithms/bicnet.ts'
import { colight } from './algorithms/colight.ts'
import { commnet } from './algorithms/commnet.ts'
import { fql } from './algorithms/fql.ts'
import { iac } from './algorithms/iac.ts'
import { idqn } from './algorithms/idqn.ts'
import { ippo } from './algorithms/ippo.ts'
import { iql } from './algorithms/iql.ts'
import { mfac } from './algorithms/mfac.ts'
import { mfq } from './algorithms/mfq.ts'

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
]
