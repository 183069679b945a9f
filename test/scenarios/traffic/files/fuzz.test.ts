import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { RuntimeError } from '../../../../runtime/core/errors.ts'
import { readConfig } from '../../../../scenarios/traffic/files/config.ts'
import { readFlows } from '../../../../scenarios/traffic/files/flow.ts'
import { readNetwork } from '../../../../scenarios/traffic/files/roadnet.ts'
import type { Network } from '../../../../scenarios/traffic/network.ts'
import { type Json, smallConfig, smallFlows, smallRoadnet, writeFiles } from '../_files.ts'

const RUNS = 150
/** Far above what reading a few kilobytes takes, on a machine that others use too. */
const DEADLINE_MS = 2000

/** Keys and indices from the root to each value of a JSON. */
function pathsOf(json: Json, path: (string | number)[] = []): (string | number)[][] {
  if (typeof json !== 'object' || json === null) return [path]
  const keys = Array.isArray(json) ? [...json.keys()] : Object.keys(json)
  return [path, ...keys.flatMap((key) => pathsOf(json[key], [...path, key]))]
}

/** A JSON with the value at a path taken away, for `undefined`, or made another. */
function withValue(json: Json, path: readonly (string | number)[], value: unknown): Json {
  if (path.length === 0) return value
  const changed = structuredClone(json)
  const parent = path.slice(0, -1).reduce((node, key) => node[key], changed)
  const last = path.at(-1)!
  if (value !== undefined) parent[last] = value
  else if (Array.isArray(parent)) parent.splice(last as number, 1)
  else delete parent[last]
  return changed
}

const strangeValue = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom(0, -0, -1, 1, 3, 1e9, -1e-9, 1e308, 2 ** 31, 0.5, '', 'in', 'out', null, true, false),
  fc.constantFrom([], {}, [[]], [{}], [0], ['in', 'out'], { x: 0, y: 0 }),
  fc.jsonValue({ maxDepth: 2 }),
)

/** A file with one to three of its values dropped, replaced or made of another kind. */
const strangeFile = (valid: Json) =>
  fc
    .array(fc.record({ place: fc.nat(), value: strangeValue }), { minLength: 1, maxLength: 3 })
    .map((changes) =>
      changes.reduce((json: Json, { place, value }) => {
        const paths = pathsOf(json)
        return withValue(json, paths[place % paths.length]!, value)
      }, valid),
    )
    .map((json) => JSON.stringify(json) ?? '')

/** A file's bytes cut off somewhere, with some of them changed. */
const damagedFile = (valid: Json) =>
  fc
    .record({
      keep: fc.double({ min: 0, max: 1, noNaN: true }),
      flips: fc.array(fc.record({ place: fc.nat(), byte: fc.nat(255) }), { maxLength: 4 }),
      isCut: fc.boolean(),
    })
    .map(({ keep, flips, isCut }) => {
      const bytes = Buffer.from(JSON.stringify(valid))
      for (const { place, byte } of flips) bytes[place % bytes.length] = byte
      return isCut ? bytes.subarray(0, Math.floor(keep * bytes.length)) : bytes
    })

/** Every number that a simulation would run on. */
const areFinite = ({ graph, shapes }: Network) =>
  [graph.length, graph.crossAt, graph.roadLength, shapes.points].every((list) =>
    (list as Float64Array).every(Number.isFinite),
  )

const files: Readonly<Record<string, { readonly valid: Json; readonly read: (folder: string) => unknown }>> =
  {
    'config.json': { valid: smallConfig(), read: readConfig },
    'roadnet.json': {
      valid: smallRoadnet(),
      read: (folder) => {
        if (!areFinite(readNetwork(join(folder, 'roadnet.json'))))
          throw new Error('a number that is not finite')
      },
    },
    'flow.json': {
      valid: smallFlows(),
      read: (folder) => {
        const network = readNetwork(join(folder, 'roadnet.json'))
        for (const laneChange of [false, true]) readFlows(join(folder, 'flow.json'), network, { laneChange })
      },
    },
  }

/** Reads a file; whether it is refused, by an error that users can meet. */
function isRefused(folder: string, name: string, content: unknown): boolean {
  writeFiles(folder, { [name]: content })
  try {
    files[name]!.read(folder)
    return false
  } catch (error) {
    const isExpected =
      error instanceof RuntimeError && ['ERR_FILE_INVALID', 'ERR_FILE_MISSING'].includes(error.code)
    if (!isExpected) throw error
    return true
  }
}

for (const [name, { valid }] of Object.entries(files)) {
  t.test(`${name} with anything anywhere is read or refused, and nothing else`, async (t) => {
    const folder = writeFiles(
      t.testdir(),
      Object.fromEntries(Object.entries(files).map(([file, { valid }]) => [file, valid])),
    )
    let refused = 0
    let slowest = 0
    for (const content of [strangeFile(valid), damagedFile(valid)]) {
      fc.assert(
        fc.property(content, (content) => {
          const start = performance.now()
          if (isRefused(folder, name, content)) refused++
          slowest = Math.max(slowest, performance.now() - start)
        }),
        { numRuns: RUNS },
      )
    }
    t.ok(refused > RUNS / 4, `${refused} of ${2 * RUNS} files are refused`)
    t.ok(slowest < DEADLINE_MS, `the slowest took ${Math.round(slowest)} ms`)
  })
}
