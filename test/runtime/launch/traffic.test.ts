import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { STREET_NET, STREET_ROUTES } from '../../fixtures/sumo.ts'
import { MEASURED, resultOf, run, runAll } from './_cli.ts'

t.test('traffic generate grid writes a data set, and says so in one object', async (t) => {
  const out = join(t.testdir(), 'sets', 'grid')
  const args = ['--rows', '2', '--columns', '3', '--trips', '50', '--horizon', '60', '--seed', '4']
  const ended = await run(['traffic', 'generate', 'grid', ...args, '--out', out, '--json'], MEASURED)
  t.equal(ended.stdout.split('\n').length, 2)
  t.match(resultOf<object>(ended), {
    task: 'generate',
    config: join(out, 'config.json'),
    intersections: 16,
    roads: 34,
    flows: 50,
    grid: { rows: 2, columns: 3, rowDistance: 300, tlPlan: true },
    demand: { kind: 'random-walks', trips: 50, horizon: 60 },
    seed: 4,
    seconds: Number,
  })
  const config = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'))
  t.match(config, { seed: 4, roadnetFile: 'roadnet.json', flowFile: 'flow.json' })
  t.equal(JSON.parse(readFileSync(join(out, 'flow.json'), 'utf8')).length, 50)
})

t.test('traffic import-sumo writes a data set, and says what differs', async (t) => {
  const out = join(t.testdir(), 'street')
  const ended = await run(
    ['traffic', 'import-sumo', STREET_NET, STREET_ROUTES, '--out', out, '--json'],
    MEASURED,
  )
  t.match(resultOf<object>(ended), {
    task: 'import-sumo',
    intersections: 5,
    roads: 7,
    vehicles: 13,
    signals: 1,
    addedLaneLinks: 1,
    leftOut: { oneRoad: 1, noCarLanes: 1, early: 0 },
    ignored: { stop: 1 },
  })
  t.match(ended.stderr, /1 lane links added where SUMO counts on a change of lanes/)
  t.ok(existsSync(join(out, 'config.json')))
})

t.test('bad input is refused with one line and exit code 2, and leaves nothing behind', async (t) => {
  const folder = t.testdir({ 'broken.net.xml': '<net></nte>', file: '' })
  const out = join(folder, 'out')
  const broken = join(folder, 'broken.net.xml')
  const cases: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [['gnerate', 'grid'], /expected a task, generate or import-sumo, got 'gnerate'; did you mean generate\?/],
    [['generate'], /expected `manyfold traffic generate grid --out FOLDER`, got nothing/],
    [['generate', 'circle'], /traffic generate: expected grid, got 'circle'/],
    [['generate', 'grid', 'more'], /expected `manyfold traffic generate grid --out FOLDER`, got grid more/],
    [['generate', 'grid', '--rows', '0'], /--rows: .*got 0/],
    [['generate', 'grid', '--row', '3'], /unknown option --row; did you mean --rows\?/],
    [['generate', 'grid', '--trips', '5', '--interval', '2'], /--interval: .*leave one of the two out/],
    [['import-sumo', STREET_NET], /expected `manyfold traffic import-sumo NET\.net\.xml ROUTES\.rou\.xml/],
    [['import-sumo', broken, STREET_ROUTES], /broken\.net\.xml:1: expected well-formed XML/],
    [['import-sumo', join(folder, 'none.xml'), STREET_ROUTES], /none\.xml: cannot be read \(ENOENT\)/],
    [['import-sumo', STREET_NET, STREET_ROUTES, '--begin', '0.5'], /--begin: .*got 0\.5/],
  ]
  const ends = await runAll(cases.map(([args]) => ['traffic', ...args, '--out', out]))
  for (const [i, [args, says]] of cases.entries()) {
    const { code, stdout, stderr } = ends[i]!
    t.equal(code, 2, args.join(' '))
    t.match(stderr, says, args.join(' '))
    t.equal(stderr.trimEnd().split('\n').length, 1, 'one line')
    t.equal(stdout, '')
  }
  t.notOk(existsSync(out))
  const [nowhere, blocked] = await runAll([
    ['traffic', 'generate', 'grid'],
    ['traffic', 'generate', 'grid', '--out', join(folder, 'file')],
  ])
  t.match(nowhere, { code: 2, stderr: /--out: name the folder to write/ })
  t.match(blocked, { code: 2, stderr: /cannot be written, .*EEXIST/ })
})
