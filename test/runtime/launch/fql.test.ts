import { join } from 'node:path'
import t from 'tap'
import { trainSmall } from './_training.ts'

const CONSENSUS = new URL('../../fixtures/consensus-scenario.js', import.meta.url).href
/**
 * All ten agents take the first action in each of ten steps. With other seeds they may come to agree on another one: coordinate
 * ascent, in which each answers the others, does not leave an agreement.
 */
const BEST = 10 * 10 * 1.1

t.test('ten agents that are paid for agreeing do so with factorised Q-learning', async (t) => {
  const { returns } = await trainSmall(join(t.testdir(), 'run'), {
    scenario: CONSENSUS,
    algorithm: 'fql',
    schedule: 'sync',
    seed: 1,
    gamma: 0,
    rank: 4,
    learningRate: 0.01,
    samplesPerInsert: 2,
    epsilonFraction: 0.5,
    steps: 1200,
    evalEpisodes: 2,
  })
  const { meanReturn } = returns.find(({ policy }) => policy === 'learned')!
  t.ok(meanReturn >= 0.95 * BEST, `${meanReturn} of ${BEST}`)
})
