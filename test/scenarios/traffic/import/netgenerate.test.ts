import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { importSumo } from '../../../../scenarios/traffic/import/index.ts'
import { edgesOf, runSumo, skipWithoutSumo, tripsOver } from '../../../fixtures/sumo.ts'
import { undrivable, written } from '../_written.ts'

const NETWORKS: Readonly<Record<string, readonly string[]>> = {
  'a grid with signals': [
    '--grid',
    '--grid.number=3',
    '--grid.attach-length=100',
    '-L=2',
    '--tls.guess=true',
  ],
  'a spider web of one lane': ['--spider', '--spider.arm-number=5', '--spider.circle-number=2'],
  'a random network': ['--rand', '--rand.iterations=40', '-L=3', '--tls.guess=true'],
  'a grid without internal lanes': ['--grid', '--grid.number=3', '-L=2', '--no-internal-links=true'],
}

t.test("networks of SUMO's generator", { skip: skipWithoutSumo() }, async (t) => {
  for (const [name, args] of Object.entries(NETWORKS)) {
    await t.test(`${name} carries duarouter's routes, and nobody gets stuck`, async (t) => {
      const folder = t.testdir()
      const [net, trips, routes] = ['net.xml', 'trips.xml', 'routes.xml'].map((file) => join(folder, file))
      runSumo('netgenerate', [...args, '--seed=1', `--output-file=${net}`])
      const edges = edgesOf(net!)
      writeFileSync(trips!, tripsOver(edges, 1))
      runSumo('duarouter', [
        '-n',
        net!,
        '-r',
        trips!,
        '-o',
        routes!,
        '--ignore-errors=true',
        '--no-warnings=true',
      ])
      const given = [...readFileSync(routes!, 'utf8').matchAll(/<route edges="([^"]+)"/g)].map(([, list]) =>
        list!.split(' '),
      )
      const { set, report } = await importSumo(net!, [routes!], { begin: 0, seed: 0 })
      const files = await written(folder, set)
      t.same(undrivable(files), [])
      t.ok(given.length > edges.length)
      t.same(
        files.flows.map(({ route }) => route),
        given.filter((route) => route.length > 1),
      )
      t.equal(report.leftOut.noCarLanes, 0)
    })
  }
})
