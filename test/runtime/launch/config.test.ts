import t from 'tap'
import { z } from 'zod'
import { fieldsOf, type Layer, parseFlag, resolveConfig, toFlag } from '../../../runtime/core/config.ts'
import { joinSchemas, planScenario, resolveCommand, resolveTraining } from '../../../runtime/launch/config.ts'
import { runOptions } from '../../../runtime/launch/options.ts'

const schema = z.strictObject({
  mapSize: z.number().int().min(1).default(40).describe('cells'),
  mode: z.enum(['fast', 'safe']).default('fast'),
  isOpen: z.boolean().default(true),
  widths: z.array(z.number()).default([64, 64]),
  name: z.string().optional(),
})

function flags(values: Record<string, unknown>): Layer {
  return { source: 'flag', name: 'command line', values }
}

function file(values: Record<string, unknown>): Layer {
  return { source: 'file', name: 'run.yaml', values }
}

t.test('fields are read off a schema', async (t) => {
  t.match(fieldsOf(schema), [
    { key: 'mapSize', flag: 'map-size', type: 'number', default: '40', description: 'cells' },
    { flag: 'mode', type: 'string', choices: ['fast', 'safe'], default: 'fast' },
    { flag: 'is-open', type: 'boolean', default: 'true' },
    { flag: 'widths', type: 'list', default: '64,64' },
    { flag: 'name', type: 'string', default: undefined, description: '' },
  ])
  t.equal(toFlag('samplesPerInsert'), 'samples-per-insert')
})

t.test('flags are stronger than the file, the file than the defaults', async (t) => {
  const config = resolveConfig(schema, [flags({ mapSize: 3 }), file({ mapSize: 5, mode: 'safe' })])
  t.same(config, { mapSize: 3, mode: 'safe', isOpen: true, widths: [64, 64] })
})

t.test('an unknown key is refused with the nearest name, as it is written there', async (t) => {
  for (const [layer, message] of [
    [flags({ mapSise: 3 }), 'command line: unknown option --map-sise; did you mean --map-size?'],
    [file({ mapSise: 3 }), 'run.yaml: unknown option mapSise; did you mean mapSize?'],
    [file({ 'map-size': 3 }), 'run.yaml: unknown option map-size; did you mean mapSize?'],
  ] as const) {
    t.throws(() => resolveConfig(schema, [layer]), { code: 'ERR_CONFIG_UNKNOWN_KEY', message })
  }
})

t.test('every wrong value is named with the place where it stands', async (t) => {
  const layers = [flags({ mapSize: 0 }), file({ mapSize: 7, mode: 'slow', widths: [1, 'x'] })]
  t.throws(() => resolveConfig(schema, layers), {
    code: 'ERR_CONFIG_INVALID',
    message: /^--map-size: .*, got 0; run\.yaml: mode: .*, got "slow"; run\.yaml: widths: .*, got \[1,"x"\]$/,
  })
})

t.test(
  'flags become the values that their fields want; what cannot be one is left to be refused',
  async (t) => {
    const parse = (key: string, text: unknown) => {
      return parseFlag(fieldsOf(schema).find((field) => field.key === key)!, text)
    }
    for (const [key, text, expected] of [
      ['mapSize', '12', 12],
      ['mapSize', '-5', -5],
      ['mapSize', '1e3', 1000],
      ['mapSize', '', ''],
      ['mapSize', 'many', 'many'],
      ['isOpen', 'false', false],
      ['isOpen', 'maybe', 'maybe'],
      ['isOpen', true, true],
      ['widths', '16,32', [16, 32]],
      ['widths', '16,x', [16, 'x']],
      ['name', '12', '12'],
    ] as const) {
      t.same(parse(key, text), expected, `${key} ${String(text)}`)
    }
  },
)

t.test('an option that two parts define is a mistake of theirs', async (t) => {
  t.throws(() => joinSchemas([schema, z.strictObject({ mode: z.string() })]), {
    code: 'ERR_SCENARIO_INVALID',
  })
})

t.test('a preset is weaker than file and flags, and stronger than the defaults', async (t) => {
  const resolve = (...layers: Layer[]) => resolveCommand('battle', runOptions, layers)
  const preset = file({ preset: 'battle_v4' })
  t.match((await resolve(preset)).scenarioOptions, { mapSize: 45, maxSteps: 1000 })
  t.match((await resolve(flags({ maxSteps: 7 }), preset)).scenarioOptions, { mapSize: 45, maxSteps: 7 })
  t.match((await resolve(file({ preset: 'battle_v4', mapSize: 30 }))).scenarioOptions, { mapSize: 30 })
  await t.rejects(resolve(file({ preset: 'constructor' })), { code: 'ERR_CONFIG_INVALID' })
})

t.test('a training takes the options of its algorithm, wherever that is named', async (t) => {
  const config = await resolveTraining('battle', [flags({ seed: 3 }), file({ algorithm: 'iql', gamma: 0.5 })])
  t.equal(config.algorithm.name, 'iql')
  t.match(config.algorithmOptions, { gamma: 0.5 })
  t.match(config.run, { seed: 3, schedule: 'async', learner: 'process' })
  t.equal(planScenario(config).spec.groups.length, 2)
  await t.rejects(resolveTraining('battle', [file({ temperatureEnd: 1, algorithm: 'iql' })]), {
    code: 'ERR_CONFIG_UNKNOWN_KEY',
  })
})

t.test("a scenario's defaults of training hold for all algorithms, or for one that they name", async (t) => {
  const batchOf = async (values: Record<string, unknown>) => {
    const { algorithm, algorithmOptions } = await resolveTraining('traffic', [flags(values)])
    return [algorithm.name, algorithmOptions['batchSize'], algorithmOptions['gamma']]
  }
  t.same(await batchOf({}), ['iql', 256, 0.8])
  t.same(await batchOf({ algorithm: 'idqn' }), ['idqn', 64, 0.8])
  t.same(await batchOf({ algorithm: 'idqn', batchSize: 100 }), ['idqn', 100, 0.8])
})
