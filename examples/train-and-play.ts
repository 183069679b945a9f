/** Trains on small battles from a program, then plays the result against random play. */
import { loadPolicy, planScenario, playMatch, RANDOM_POLICY, resolveTraining, train } from 'manyfold'

const { signal } = new AbortController() // abort it to stop early, with a checkpoint
const values = { agents: 64, steps: 40_000, evalEpisodes: 0 }
const config = await resolveTraining('battle', [{ source: 'file', name: 'train-and-play', values }])
const { checkpoint } = await train(config, 'runs/train-and-play', signal, {
  log: (line) => console.log(line),
  progress: () => {},
  evaluation: () => {},
})

const world = planScenario(config)
const match = await playMatch({
  world,
  scenario: config.reference,
  red: await loadPolicy(checkpoint, world, 'greedy'),
  blue: RANDOM_POLICY,
  episodes: 20,
  threads: 2,
  seed: 1,
  signal,
  onProgress: () => {},
})
console.log(`won ${match.red.wins} of ${match.episodes} battles, drew ${match.draws}`)
