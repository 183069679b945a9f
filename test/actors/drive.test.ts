import t from 'tap'
import { driveOn } from '../../actors/drive.ts'
import { battle } from '../../scenarios/battle/index.ts'
import { LIMIT_BYTES } from '../fixtures/hosts.ts'
import { recording } from '../fixtures/recordings.ts'

for (const threads of [1, 3]) {
  t.test(`a recording of MAgent2 is replayed without a difference on ${threads} threads`, async (t) => {
    const file = recording('battle_45x45_contested_obs.json')
    const result = await battle.verify!(file, driveOn(threads, LIMIT_BYTES))
    t.match(result, { steps: 60 })
    t.notOk(result.difference)
    t.ok(result.observations > 0)
  })
}
