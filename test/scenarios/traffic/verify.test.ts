import { cpSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { driveOn } from '../../../actors/drive.ts'
import { readTrace, type Trace } from '../../../scenarios/traffic/trace.ts'
import { verifyTraffic } from '../../../scenarios/traffic/verify.ts'
import {
  cityflowRecording,
  cityflowReference,
  readCityflow,
  skipWithoutCityflow,
} from '../../fixtures/cityflow.ts'
import { Simulation } from './_drive.ts'
import { smallConfig, writeFiles } from './_files.ts'

const LIMIT_BYTES = 2 ** 30

interface Recording {
  readonly name: string
  readonly path: string
  readonly skip: string | false
}

const shipped = (name: string): Recording => ({
  name,
  path: cityflowRecording(`${name}.json`),
  skip: false,
})

const reference = (name: string): Recording => ({
  name,
  path: cityflowReference(`golden/${name}.json`),
  skip: skipWithoutCityflow(`golden/${name}.json`),
})

const EXACT = [
  ...['straight_free', 'straight_free_dt0.5', 'straight_lead_script'].map(shipped),
  ...['straight2_nolc', 'straight2_lc_ordered'].map(shipped),
  ...['grid3x3_fixed', 'grid3x3_fixed_lc_ordered'].map(shipped),
  ...['syn1x1_fixed', 'syn1x1_fixed_dt0.5', 'syn1x1_scripted15'].map(reference),
  ...['example_fixed', 'example_scripted20', 'example_fixed_lc_ordered'].map(reference),
  ...['hangzhou_fixed', 'hangzhou_fixed_lc_ordered'].map(reference),
]

/** Several threads meet so often that a recording takes them ten times as long as one: these are replayed on some, too. */
const THREADS: Readonly<Record<string, number>> = {
  straight2_lc_ordered: 3,
  grid3x3_fixed: 2,
  hangzhou_fixed: 3,
}

for (const { name, path, skip } of EXACT) {
  const counts = [1, ...(name in THREADS ? [THREADS[name]!] : [])]
  t.test(`${name} is as recorded on ${counts.join(' and ')} threads`, { skip }, async (t) => {
    const { steps } = readCityflow<Trace>(path)
    for (const threads of counts) {
      const result = await verifyTraffic(path, driveOn(threads, LIMIT_BYTES))
      t.same(result, { steps, observations: 0 }, `${threads} threads`)
    }
  })
}

// CityFlow goes through vehicles by their addresses in memory: such recordings agree on the whole only.
const LOOSE = [shipped('grid3x3_fixed_lc'), reference('example_fixed_lc'), reference('hangzhou_fixed_lc')]
const SHARE = 0.01

for (const { name, path, skip } of LOOSE) {
  t.test(`${name} has the recorded travel time, within 1 %`, { skip }, async (t) => {
    const trace = await readTrace(path)
    const { roadnetFile, flowFile, interval, laneChange, steps, final_att: expected } = trace
    const config = { ...smallConfig(), dir: '', roadnetFile, flowFile, interval, laneChange }
    const data = join(writeFiles(t.testdir(), { 'config.json': config }), 'config.json')
    const simulation = new Simulation({ data, maxSteps: steps })
    simulation.run(steps, 'plan')
    const { averageTravelTime } = simulation.metrics
    t.ok(Math.abs(averageTravelTime! - expected) <= SHARE * expected, `${averageTravelTime} and ${expected}`)
  })
}

t.test('a recording that differs is refused where it differs', async (t) => {
  const folder = t.testdir()
  cpSync(cityflowRecording('inputs'), join(folder, 'inputs'), { recursive: true })
  const trace = readCityflow<Trace>(cityflowRecording('straight2_lc_ordered.json'))
  const row = trace.trace.find(({ t: step }) => step === 100)!
  row.v[0]![2] += 1e-3
  const file = join(writeFiles(folder, { 'changed.json': trace }), 'changed.json')
  const { steps, difference } = await verifyTraffic(file, driveOn(1, LIMIT_BYTES))
  t.equal(steps, 100)
  t.match(difference, { step: 100, agent: -1, field: `${trace.vehicles[row.v[0]![0]]}: position` })
})
