/**
 * Mean-field Q-learning in one battle of 100,000 agents:
 *
 *     npm run reproduce:battle-scale
 *
 * Trains for at most ten minutes, then lets every checkpoint play a whole battle against random play, and the
 * last one several. Leaves docs/results/battle-scale.md with plots beside it.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  loadPolicy,
  type MatchResult,
  planScenario,
  playMatch,
  RANDOM_POLICY,
  resolveTraining,
  type SideResult,
  train,
} from '../../runtime/launch/index.ts'
import { listCheckpoints, stepOfName } from '../../runtime/store/checkpoint-folders.ts'
import { circumstances } from '../circumstances.ts'
import { plot } from '../plot.ts'
import { metricsOf } from './_run.ts'

const FOLDER = 'docs/results'
const RUN = 'runs/battle-scale'
const AGENTS = 100_000
const CHECKPOINTS = 8
const TRAINING_MS = 10 * 60_000
const LAST_EPISODES = 10
const SETTINGS = {
  agents: AGENTS,
  algorithm: 'mfq',
  seed: 1,
  evalEpisodes: 0,
  keepCheckpoints: CHECKPOINTS,
  checkpointEvery: 256,
  checkpointReplay: false,
}

const command = Object.entries(SETTINGS)
  .map(([key, value]) => {
    const flag = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    return value === false ? `--no-${flag}` : `--${flag} ${value}`
  })
  .join(' ')
const config = await resolveTraining('battle', [{ source: 'file', name: 'battle-scale', values: SETTINGS }])
const world = planScenario(config)
const started = performance.now()
const summary = await train(config, RUN, AbortSignal.timeout(TRAINING_MS), {
  log: (line) => console.error(line),
  progress: (done, of) => console.error(`training ${done}/${of}`),
  evaluation: () => {},
})
const trainingSeconds = (performance.now() - started) / 1000

async function playRandom(checkpoint: string, episodes: number, seed: number): Promise<MatchResult> {
  return playMatch({
    world,
    scenario: config.reference,
    red: await loadPolicy(checkpoint, world, 'greedy'),
    blue: RANDOM_POLICY,
    episodes,
    threads: config.run.threads,
    seed,
    signal: new AbortController().signal,
    onProgress: (done) => console.error(`${checkpoint}: ${done}/${episodes} battles`),
  })
}

function killsOf(side: SideResult): number {
  return Number(side['kills'])
}

const curve: { readonly step: number; readonly learned: number; readonly random: number }[] = []
for (const folder of await listCheckpoints(join(RUN, 'checkpoints'))) {
  const step = stepOfName(folder)!
  if (step === 0) continue
  const { red, blue } = await playRandom(folder, 2, 2)
  curve.push({ step, learned: killsOf(red), random: killsOf(blue) })
}
const last = await playRandom(summary.checkpoint, LAST_EPISODES, 3)

const metrics = (await metricsOf(RUN)).filter(({ values }) => 'loss' in values)
await mkdir(FOLDER, { recursive: true })
await plot(
  {
    title: 'Kills in two battles of 100,000 agents against random play',
    width: 480,
    height: 240,
    data: {
      values: curve.flatMap(({ step, learned, random }) => [
        { step, kills: learned, side: 'learned' },
        { step, kills: random, side: 'random' },
      ]),
    },
    mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'step', type: 'quantitative', title: 'steps of training' },
      y: { field: 'kills', type: 'quantitative' },
      color: { field: 'side', type: 'nominal', title: null },
    },
  },
  `${FOLDER}/battle-scale-kills.svg`,
)
await plot(
  {
    title: 'Mean squared TD error',
    width: 480,
    height: 240,
    data: { values: metrics.map(({ step, values }) => ({ step, loss: values['loss'] })) },
    mark: 'line',
    encoding: {
      x: { field: 'step', type: 'quantitative', title: 'steps of training' },
      y: { field: 'loss', type: 'quantitative', scale: { type: 'log' } },
    },
  },
  `${FOLDER}/battle-scale-loss.svg`,
)
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`
await writeFile(
  `${FOLDER}/battle-scale.md`,
  `# Mean-field Q-learning in a battle of 100,000 agents

\`npm run reproduce:battle-scale\`, that is \`manyfold train battle ${command}\`, ended after
${TRAINING_MS / 60_000} minutes if it was not done. ${circumstances()},
learner on ${summary.backend}.

- Training: ${summary.steps} steps, ${(summary.agentSteps / 1e6).toFixed(1)} M agent-steps in ${trainingSeconds.toFixed(0)} s.
- Greedy against random play, ${last.episodes} whole battles, sides swapped: won ${last.red.wins}, drew ${last.draws}: a win rate of
  ${percent(last.red.winRate)} (95 % interval ${percent(last.red.interval[0])} – ${percent(last.red.interval[1])}). Kills ${killsOf(last.red)} to ${killsOf(last.blue)}.

| steps | kills by the learned army | by the random one |
| ----- | ------------------------- | ----------------- |
${curve.map(({ step, learned, random }) => `| ${step} | ${learned} | ${random} |`).join('\n')}

Two battles a checkpoint.

![kills](battle-scale-kills.svg)

![loss](battle-scale-loss.svg)
`,
)
