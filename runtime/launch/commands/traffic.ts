import { join } from 'node:path'
import { z } from 'zod'
import { type DataSet, writeDataSet } from '../../../scenarios/traffic/data-set.ts'
import { generateGrid } from '../../../scenarios/traffic/generate/index.ts'
import { completeGrid, gridOptions } from '../../../scenarios/traffic/generate/options.ts'
import type { ImportReport } from '../../../scenarios/traffic/import/index.ts'
import { sumoOptions } from '../../../scenarios/traffic/import/options.ts'
import { type Layer, resolveConfig, suggest } from '../../core/config.ts'
import { RuntimeError } from '../../core/errors.ts'
import { createFolder } from '../../store/durable-files.ts'
import { asUnwritable } from '../../store/file-errors.ts'
import { joinSchemas } from '../config.ts'
import { type Console, formatCount } from '../console.ts'
import { listOptions } from '../options.ts'
import type { Command } from './command.ts'

const outOptions = z.strictObject({
  out: z
    .string('name the folder to write')
    .min(1, 'name the folder to write')
    .describe(
      'folder for config.json, roadnet.json and flow.json; is made, files of these names are replaced',
    ),
})

/** Of the options that all commands have. */
const seedOption = listOptions.pick({ seed: true })

type OnProgress = (what: string, done: number, total: number) => void

/** What a task makes of its operands and options. */
interface Made {
  readonly set: DataSet
  /** What stands in the result beside counts of the set. */
  readonly facts: Readonly<Record<string, unknown>>
  /** Lines for people. */
  readonly notes: readonly string[]
}

interface Task {
  /** What is typed behind the task. */
  readonly operands: string
  readonly options: z.ZodObject
  make(operands: readonly string[], layers: readonly Layer[], onProgress: OnProgress): Promise<Made>
}

type Common = z.output<typeof outOptions> & z.output<typeof seedOption>

const generateOptions = joinSchemas([outOptions, seedOption, gridOptions])
const importOptions = joinSchemas([outOptions, seedOption, sumoOptions])

const TASKS: Readonly<Record<string, Task>> = {
  generate: {
    operands: 'grid',
    options: generateOptions,
    async make([kind], layers) {
      if (kind !== 'grid') throw invalid(`traffic generate: expected grid, got '${kind}'`)
      const config = resolveConfig(generateOptions, layers) as Common
      const { grid, demand } = completeGrid(gridOptions.strip().parse(config))
      return { set: generateGrid(grid, demand, config.seed), facts: { grid, demand }, notes: [] }
    },
  },
  'import-sumo': {
    operands: 'NET.net.xml ROUTES.rou.xml',
    options: importOptions,
    async make([net, routes], layers, onProgress) {
      const { begin, seed } = resolveConfig(importOptions, layers) as Common & z.output<typeof sumoOptions>
      // Other commands do not wait until an XML parser is loaded.
      const { importSumo } = await import('../../../scenarios/traffic/import/index.ts')
      const onRead: OnProgress = (file, bytes, total) => onProgress(`reading ${file}`, bytes, total)
      // Several files with commas between, as SUMO takes them.
      const { set, report } = await importSumo(net!, routes!.split(','), { begin, seed, onRead })
      return { set, facts: { begin, ...report }, notes: describeImport(report) }
    },
  },
}

export const trafficCommand: Command = {
  usage: 'traffic <task> [source] [routes]',
  summary:
    'make data sets for the traffic scenario: generate a grid, or import a SUMO network with its routes',
  examples: [
    [
      'manyfold traffic generate grid --rows 6 --columns 6 --out sets/grid',
      "CityFlow's grid with straight flows",
    ],
    [
      'manyfold traffic generate grid --rows 100 --columns 100 --trips 200000 --horizon 1200 --out sets/city',
      'a synthetic city',
    ],
    [
      'manyfold traffic import-sumo town.net.xml town.rou.xml --out sets/town',
      'a SUMO scenario; several files of routes and vehicle types with commas between',
    ],
  ],
  stops: 'at-once',

  async options({ task }) {
    return task === undefined ? joinSchemas([outOptions, seedOption]) : findTask(task).options
  },

  async run({ positionals, layers, console }) {
    const name = positionals['task']!
    const task = findTask(name)
    const operands = [positionals['source'], positionals['routes']].filter((word) => word !== undefined)
    const expected = task.operands.split(' ')
    if (operands.length !== expected.length) {
      throw invalid(
        `traffic ${name}: expected \`manyfold traffic ${name} ${task.operands} --out FOLDER\`, ` +
          `got ${operands.length === 0 ? 'nothing' : operands.join(' ')} behind ${name}`,
      )
    }
    const { out } = resolveConfig(task.options, layers) as Common
    const started = performance.now()
    const onProgress = patientProgress(console)
    const { set, facts, notes } = await task.make(operands, layers, onProgress)
    await write(out, set, onProgress)
    console.endProgress()
    const seconds = (performance.now() - started) / 1000
    const [intersections, roads, flows] = [set.intersections.count, set.roads.count, set.flows.count]
    const counts = { intersections, roads, flows }
    console.result(
      [
        `${out}: ${formatCount(intersections)} intersections, ${formatCount(roads)} roads, ` +
          `${formatCount(flows)} flows in ${seconds.toFixed(1)} s`,
        ...notes,
      ].join('\n'),
      { task: name, config: join(out, 'config.json'), ...counts, ...facts, seed: set.seed, seconds },
    )
    return 0
  },
}

/** What differs from the SUMO scenario. */
function describeImport(report: ImportReport): string[] {
  const { vehicles, signals, addedLaneLinks, leftOut, ignored, adaptiveProgrammes } = report
  const others = Object.entries(ignored).map(([name, count]) => `${count} <${name}>`)
  const lines: readonly (readonly [count: number, line: string])[] = [
    [leftOut.oneRoad, 'vehicles left out whose route is a single edge: CityFlow needs two'],
    [leftOut.noCarLanes, 'vehicles left out whose route has edges without lanes for cars'],
    [leftOut.early, 'vehicles left out that leave before --begin'],
    [addedLaneLinks, 'lane links added where SUMO counts on a change of lanes'],
    [adaptiveProgrammes, 'adaptive programmes taken as fixed ones'],
    [others.length, `kinds of elements passed over: ${others.join(', ')}`],
  ]
  const notes = lines.filter(([count]) => count > 0).map(([count, line]) => `${formatCount(count)} ${line}`)
  const trips = vehicles === null ? 'vehicles without end' : `${formatCount(vehicles)} vehicles`
  return [`${trips}, ${formatCount(signals)} signals`, ...notes]
}

/** Shorter work shows no progress. */
const PATIENCE_MS = 1000

function patientProgress(console: Console): OnProgress {
  const started = performance.now()
  return (what, done, total) => {
    if (performance.now() - started < PATIENCE_MS) return
    console.progress(what, done, total, `${formatCount(done)} of ${formatCount(total)}`)
  }
}

async function write(out: string, set: DataSet, onProgress: OnProgress): Promise<void> {
  await createFolder(out)
  try {
    await writeDataSet(out, set, (file, done, total) => onProgress(`writing ${file}`, done, total))
  } catch (error) {
    throw asUnwritable(error, out)
  }
}

/** @throws ERR_CONFIG_INVALID with the nearest name */
function findTask(name: string): Task {
  const task = Object.hasOwn(TASKS, name) ? TASKS[name] : undefined
  if (task) return task
  const names = Object.keys(TASKS)
  throw invalid(`traffic: expected a task, ${names.join(' or ')}, got '${name}'${suggest(name, names)}`)
}

function invalid(message: string): RuntimeError {
  return new RuntimeError('ERR_CONFIG_INVALID', message)
}
