import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Layer } from '../../../runtime/core/config.ts'
import type { Measurement } from '../../../runtime/launch/measure.ts'
import { benchSchema, policyKey, resolvePlay, runSchema } from '../../../runtime/launch/play-config.ts'
import { battle } from '../../../scenarios/battle/index.ts'
import { scenario as signals } from '../../fixtures/signals-scenario.ts'
import { resultOf, run } from './_cli.ts'

const SIGNALS = fileURLToPath(new URL('../../fixtures/signals-scenario.js', import.meta.url))
const flags = (values: Record<string, unknown>): Layer => ({
  source: 'flag',
  name: 'command line',
  values,
})

t.test(
  'policies are named by --policy and a flag for each group, or by the flag of the scenario',
  async (t) => {
    const named = (schema: ReturnType<typeof runSchema>) =>
      Object.keys(schema.shape).filter((key) => /policy|controller/i.test(key))
    t.same(named(runSchema(battle)), ['policy', 'redPolicy', 'bluePolicy'])
    t.same(named(benchSchema(battle)), ['policy'])
    t.same(named(runSchema(signals)), ['controller'])
    t.same(named(benchSchema(signals)), ['controller'])
    t.same([policyKey(battle), policyKey(battle, 'sea-lions')], ['policy', 'seaLionsPolicy'])
    t.same([policyKey(signals), policyKey(signals, 'signals')], ['controller', 'controller'])
  },
)

t.test('the steps that are played are one episode, unless the user says how long one is', async (t) => {
  const lengthOf = async (schema: ReturnType<typeof runSchema>, values: Record<string, unknown>) =>
    (await resolvePlay(SIGNALS, schema, [flags(values)])).scenarioOptions['maxSteps']
  t.equal(await lengthOf(runSchema(signals), { steps: 70 }), 70)
  t.equal(await lengthOf(runSchema(signals), { steps: 70, maxSteps: 30 }), 30)
  t.equal(await lengthOf(runSchema(signals), {}), 20)
  t.equal(await lengthOf(benchSchema(signals), { steps: 70, warmup: 5 }), 75)
  const { scenarioOptions } = await resolvePlay('battle', runSchema(battle), [flags({ steps: 70 })])
  t.equal(scenarioOptions['maxSteps'], 400)
})

t.test('run and bench play the policy of the scenario, or the one that its flag names', async (t) => {
  const play = (command: string, ...words: string[]) =>
    run([command, SIGNALS, ...words, '--threads', '1', '--json'])
  const [plain, shut, clever, other] = await Promise.all([
    play('run', '--steps', '70'),
    play('bench', '--controller', 'shut'),
    play('run', '--controller', 'clever'),
    play('run', '--policy', 'shut'),
  ])
  t.match(resultOf<Measurement>(plain), { policy: 'steady', steps: 70, metrics: { episodes: 1 } })
  t.match(resultOf<Measurement>(shut), { policy: 'shut', agents: 0, metrics: { episodes: 1 } })
  t.match(clever, { code: 2, stderr: /controller: expected random, steady, shut or the path of a run/ })
  t.match(other, { code: 2, stderr: /unknown option --policy/ })
})
