import t from 'tap'
import { traffic } from '../../../scenarios/traffic/index.ts'
import { cityflowRecording } from '../../fixtures/cityflow.ts'
import { SoloWorld } from '../../fixtures/solo-world.ts'

const STEPS = 60
const DATA = cityflowRecording('inputs/grid3x3_rl0_lc0.json')

/** Inputs of every signal after a while. */
function seeSignals(options: Record<string, unknown>) {
  const world = new SoloWorld(traffic, { data: DATA, ...options })
  world.start(0)
  for (let step = 0; step < STEPS; step++) world.step()
  const { observation, capacity } = world.plan.spec.groups[0]!
  const floats = new Float32Array(world.observe(0).records.buffer)
  const stride = observation.recordBytes / 4
  const rows = Array.from({ length: capacity }, (_, i) => [
    ...floats.subarray(i * stride, i * stride + observation.inputs),
  ])
  return { observation, rows, constants: world.bound.plan.spec.constants as Record<string, Int32Array> }
}

t.test('a signal sees its own block and those of its neighbours, and which of them are there', async (t) => {
  const alone = seeSignals({})
  const { observation, rows, constants } = seeSignals({ neighbours: 4 })
  const block = alone.observation.inputs + 1
  t.equal(alone.observation.blocks, 0)
  t.equal(observation.blocks, 5)
  t.equal(observation.inputs, 5 * block)
  t.same(
    observation.scalars.filter((name) => name.endsWith('present')),
    ['present', ...Array.from({ length: 4 }, (_, i) => `neighbour ${i}: present`)],
  )
  const { neighboursFrom, neighbours } = constants
  const expected = alone.rows.map((own, signal) => {
    const next = [...neighbours!.subarray(neighboursFrom![signal], neighboursFrom![signal + 1])]
    const seen = [own, ...next.map((other) => alone.rows[other]!)].flatMap((inputs) => [1, ...inputs])
    return [...seen, ...Array(5 * block - seen.length).fill(0)]
  })
  t.same(rows, expected)
  t.ok(
    rows.some((row) => row[4 * block] === 0),
    'signals at the edge have fewer neighbours',
  )
  t.ok(alone.rows.flat().some((input) => input > 0))
})
