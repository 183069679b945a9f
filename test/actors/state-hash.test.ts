import t from 'tap'
import { stateHash } from '../../actors/state-hash.ts'
import { battle } from '../../scenarios/battle/index.ts'
import { SoloWorld } from '../fixtures/solo-world.ts'

function played(seed: number, steps = 12) {
  const world = new SoloWorld(battle, { agents: 20, mapSize: 14 })
  world.play(seed, steps)
  return world.bound
}

t.test('equal worlds have equal hashes of 16 hexadecimal digits', async (t) => {
  t.equal(stateHash([played(1), played(2)]), stateHash([played(1), played(2)]))
  t.match(stateHash([played(1)]), /^[0-9a-f]{16}$/)
})

t.test('another seed, another step and another order of worlds are other hashes', async (t) => {
  const hashes = [[played(1)], [played(2)], [played(1, 11)], [played(1), played(2)], [played(2), played(1)]]
  t.equal(new Set(hashes.map(stateHash)).size, hashes.length)
})

t.test('the last byte of any column that is state counts, and scratch does not', async (t) => {
  const bound = played(3)
  const before = stateHash([bound])
  const columns = [...Object.entries(bound.agents), ...Object.entries(bound.state)]
  const blind = columns.filter(([, view]) => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    bytes[bytes.length - 1]! ^= 1
    const after = stateHash([bound])
    bytes[bytes.length - 1]! ^= 1
    return after === before
  })
  t.same(blind.map(([name]) => name).sort(), [...(bound.world.scratch ?? [])].sort())
  t.equal(stateHash([bound]), before)
})
