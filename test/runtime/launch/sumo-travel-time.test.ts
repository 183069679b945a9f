import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Measurement } from '../../../runtime/launch/measure.ts'
import { edgesOf, readText, runSumo, skipWithoutSumo, tripsOver } from '../../fixtures/sumo.ts'
import { resultOf, run } from './_cli.ts'

/** Share by which the mean travel time may differ: the two follow different rules. */
const TOLERANCE = 0.15
const STEPS = 3600

const NETWORKS: Readonly<Record<string, readonly string[]>> = {
  'two lanes and signals': ['-L=2', '--default-junction-type=traffic_light', '--tls.left-green.time=6'],
  'one lane and no lights': ['-L=1', '--default-junction-type=priority'],
}

/** Mean seconds from the planned departure to the arrival, of how many vehicles. */
function sumoTravelTime(tripinfo: string): { readonly finished: number; readonly mean: number } {
  const seconds = (name: string) =>
    [...readText(tripinfo).matchAll(new RegExp(` ${name}="([\\d.]+)"`, 'g'))].map(([, text]) => Number(text))
  const [durations, delays] = [seconds('duration'), seconds('departDelay')]
  const total = [...durations, ...delays].reduce((sum, value) => sum + value, 0)
  return { finished: durations.length, mean: total / durations.length }
}

t.test('an imported grid takes as long to cross as in SUMO', { skip: skipWithoutSumo() }, async (t) => {
  for (const [name, args] of Object.entries(NETWORKS)) {
    await t.test(name, async (t) => {
      const folder = t.testdir()
      const [net, trips, routes, tripinfo, out] = [
        'net.xml',
        'trips.xml',
        'routes.xml',
        'tripinfo.xml',
        'set',
      ].map((file) => join(folder, file)) as [string, string, string, string, string]
      const grid = ['--grid', '--grid.number=4', '--grid.length=250', '--grid.attach-length=250']
      runSumo('netgenerate', [...grid, ...args, '--no-turnarounds=true', `--output-file=${net}`])
      writeFileSync(trips, tripsOver(edgesOf(net), 6))
      const quiet = ['--no-warnings=true', '--no-step-log=true']
      runSumo('duarouter', ['-n', net, '-r', trips, '-o', routes, '--ignore-errors=true', ...quiet])
      runSumo('sumo', ['-n', net, '-r', routes, '-e', `${STEPS}`, '--tripinfo-output', tripinfo, ...quiet])
      const sumo = sumoTravelTime(tripinfo)

      const imported = resultOf<{ readonly vehicles: number }>(
        await run(['traffic', 'import-sumo', net, routes, '--out', out, '--json']),
      )
      const { metrics } = resultOf<Measurement>(
        await run([
          'run',
          'traffic',
          '--config',
          out,
          '--controller',
          'plan',
          '--steps',
          `${STEPS}`,
          '--json',
        ]),
      )
      t.ok(sumo.finished > 100)
      t.equal(imported.vehicles, sumo.finished, 'the same trips')
      t.equal(metrics['finished'], sumo.finished)
      const difference = metrics['averageTravelTime']! / sumo.mean - 1
      t.comment(`SUMO ${sumo.mean.toFixed(1)} s, Manyfold ${metrics['averageTravelTime']!.toFixed(1)} s`)
      t.ok(Math.abs(difference) < TOLERANCE, `${(100 * difference).toFixed(1)} %`)
    })
  }
})
