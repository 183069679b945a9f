import t from 'tap'
import { scenario } from '../../examples/line-walk.ts'
import {
  loadPolicy,
  measure,
  planScenario,
  RANDOM_POLICY,
  resolveTraining,
  type TrainConfig,
  train,
} from '../../runtime/launch/index.ts'
import { testScenario } from '../contract/scenario-contract.ts'
import { showsFile } from '../fixtures/shown-file.ts'

const MODULE = new URL('../../examples/line-walk.js', import.meta.url).href
const SIGNAL = new AbortController().signal
const SILENT = { log() {}, progress() {}, evaluation() {} }
const WORLDS = 8

t.test('it keeps the contract of scenarios', async (t) => testScenario(t, scenario, { steps: 16 }))

t.test('a few seconds of training bring the agents to the middle', async (t) => {
  const values = {
    algorithm: 'iql',
    steps: 1500,
    segmentSteps: 16,
    schedule: 'sync',
    learner: 'thread',
    threads: 1,
    seed: 1,
  }
  const config = await resolveTraining(MODULE, [{ source: 'flag', name: 'test', values }])
  const told = new Set<string>()
  const observer = { ...SILENT, evaluation: (what: string) => told.add(what) }
  const { checkpoint, evaluation, returns } = await train(config, t.testdir(), SIGNAL, observer)
  const learned = await shareOfArrived(config, checkpoint)
  const random = await shareOfArrived(config, 'random')
  t.ok(random < 0.3, `random: ${random}`)
  t.ok(learned > 0.9, `learned: ${learned}`)

  // At its end a training with one group tells what the policy earns beside others, from the same starts.
  t.same(evaluation, [])
  t.match(returns, [{ policy: 'learned' }, { policy: 'random' }, { policy: 'homing' }])
  t.same([...told], ['learned', 'random', 'homing'])
  const [trained, untrained, homing] = returns.map(({ meanReturn }) => meanReturn)
  t.ok(trained! > 0.9 * homing! && untrained! < 0.3 * homing!, JSON.stringify(returns))
})

async function shareOfArrived(config: TrainConfig, policy: string): Promise<number> {
  const world = planScenario(config)
  const { metrics } = await measure({
    world,
    scenario: config.reference,
    policies: [policy === 'random' ? RANDOM_POLICY : await loadPolicy(policy, world, 'greedy')],
    assignment: [0],
    worlds: WORLDS,
    threads: 1,
    segmentSteps: 16,
    seed: 2,
    steps: 16,
    warmup: 0,
    untilEpisodeEnds: true,
    onProgress() {},
    signal: SIGNAL,
  })
  return metrics['arrived']! / WORLDS
}

t.test('the page that explains it shows its own text, and all of it', (t) =>
  showsFile(t, 'docs/adding-a-scenario.md', 'examples/line-walk.ts'),
)
