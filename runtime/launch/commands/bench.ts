import type { z } from 'zod'
import { loadScenario } from '../../../scenarios/registry.ts'
import { kindsOf } from '../../core/scenario.ts'
import { commandSchema, planScenario, requireScenario } from '../config.ts'
import { formatCount } from '../console.ts'
import { measure } from '../measure.ts'
import type { benchOptions } from '../options.ts'
import { benchSchema, policyKey, resolvePlay } from '../play-config.ts'
import { benchPolicy, loadPolicy } from '../policies.ts'
import type { Command } from './command.ts'
import { describeMeasurement } from './run.ts'

export const benchCommand: Command = {
  usage: 'bench [scenario]',
  summary: 'measure throughput: agent-steps per second, by phase',
  examples: [
    ['manyfold bench battle --agents 10000 --threads 1', 'random policies on one thread'],
    ['manyfold bench battle --agents 100000 --policy mlp', 'a 64-64 network acts for everyone'],
    ['manyfold bench battle --worlds 64 --observe', 'random policies, and everyone is observed'],
    ['manyfold bench battle --worlds 1000 --json', 'many small worlds; one JSON object at the end'],
  ],

  stops: 'well',
  async options({ scenario }) {
    const loaded = await loadScenario(scenario ?? 'battle')
    return commandSchema(benchSchema(loaded), loaded)
  },

  async run({ positionals, layers, console, signal }) {
    const reference = requireScenario(positionals['scenario'])
    const scenario = await loadScenario(reference)
    const config = await resolvePlay(reference, benchSchema(scenario), layers)
    const options = config.options as Omit<z.output<typeof benchOptions>, 'policy'>
    const policy = config.options[policyKey(scenario)] as string
    const world = planScenario(config)
    // Groups that differ in their spaces need networks of their own.
    const isMlp = policy === 'mlp'
    const kinds = kindsOf(world.spec.groups)
    const networks = [...new Set(kinds)]
    const policies = isMlp
      ? networks.map((group) => benchPolicy(world, group, options.seed))
      : [await loadPolicy(policy, world, 'greedy')]
    const measurement = await measure({
      world,
      scenario: config.reference,
      policies,
      assignment: kinds.map((kind) => (isMlp ? networks.indexOf(kind) : 0)),
      worlds: options.worlds,
      threads: options.threads,
      segmentSteps: options.segmentSteps,
      seed: options.seed,
      steps: options.steps,
      warmup: options.warmup,
      untilEpisodeEnds: false,
      observeAll: options.observe,
      signal,
      onProgress: (done, agentSteps) =>
        console.progress(
          'bench',
          done,
          options.steps * options.worlds,
          `${formatCount(agentSteps)} agent-steps`,
        ),
    })
    console.endProgress()
    console.result(describeMeasurement(measurement), measurement)
    return 0
  },
}
