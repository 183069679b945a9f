import { join } from 'node:path'
import t from 'tap'
import { planWorld } from '../../../runtime/core/world.ts'
import { playEpisodes } from '../../../runtime/launch/episodes.ts'
import { playMatch } from '../../../runtime/launch/match.ts'
import { loadPolicy, type NamedPolicy, RANDOM_POLICY } from '../../../runtime/launch/policies.ts'
import { loadScenario, resolveScenario } from '../../../scenarios/registry.ts'
import { runAll } from './_cli.ts'
import { trainSmall } from './_training.ts'

const OPTIONS = { points: 2, maxSteps: 60 }
const EPISODES = 4
const pong = await loadScenario('pong')
const [together, apart] = [{ sides: 'together' }, { sides: 'apart' }].map((sides) =>
  planWorld(pong, { ...OPTIONS, ...sides }),
) as [ReturnType<typeof planWorld>, ReturnType<typeof planWorld>]

const out = join(t.testdir(), 'run')

t.before(() =>
  trainSmall(out, {
    scenario: 'pong',
    sides: 'together',
    algorithm: 'idqn',
    schedule: 'sync',
    learningRate: 0.05,
    ...OPTIONS,
  }),
)

const playing = (world: typeof together) => ({
  world,
  scenario: resolveScenario('pong'),
  episodes: EPISODES,
  threads: 1,
  seed: 3,
  signal: new AbortController().signal,
  onProgress: () => undefined,
})

async function played(
  world: typeof together,
  policies: readonly NamedPolicy[],
  assignment: readonly number[],
) {
  const episodes = await playEpisodes(playing(world), policies, () => assignment)
  return episodes.map(({ result: { steps, metrics } }) => ({ steps, metrics }))
}

t.test(
  'agents with networks of their own that were trained as one group play alike as a group each',
  async (t) => {
    const trained = await loadPolicy(out, apart, 'greedy')
    const expected = await played(together, [await loadPolicy(out, together, 'greedy')], [0])
    t.same(await played(apart, [trained], [0, 0]), expected)
    const both = trained.weights!
    const names = Object.keys(both).map((name) => name.replace(/^agent\d/, ''))
    t.equal(new Set(names).size, names.length / 2)
    // The other way round each would have the other's.
    const exchanged = Object.fromEntries(
      Object.entries(both).map(([name, tensor]) => [
        name.replace(/^agent(\d)/, (_, agent) => `agent${1 - agent}`),
        tensor,
      ]),
    )
    t.notSame(await played(apart, [{ ...trained, weights: exchanged }], [0, 0]), expected)
  },
)

t.test('on the other side of a match they play as the other player', async (t) => {
  const red = await loadPolicy(out, apart, 'greedy')
  const blue = { ...red, name: 'the same' }
  const both = await played(apart, [red, blue], [0, 1])
  t.same(await played(apart, [red, blue], [1, 0]), both, 'whoever has the side, it is its player that acts')
  const { episodes, red: own } = await playMatch({ ...playing(apart), red, blue: RANDOM_POLICY })
  t.equal(episodes, EPISODES)
  t.not(own.meanReward, 0)
})

t.test('a group that is there again is not taken for another number of agents', async (t) => {
  const battle = await loadScenario('battle')
  const trained = join(t.testdir(), 'battle')
  await trainSmall(trained, { algorithm: 'idqn', schedule: 'sync', agents: 4 })
  // As many agents in all as red had.
  await t.rejects(loadPolicy(trained, planWorld(battle, { agents: 2, mapSize: 16 }), 'greedy'), {
    code: 'ERR_CHECKPOINT_MISMATCH',
  })
})

t.test('who asks for a match of players that are one group is told of --sides apart', async (t) => {
  const [tournament, returns] = await runAll([
    ['tournament', out, 'random'],
    ['eval', '--red', out, '--blue', 'random', '--episodes', '2'],
  ])
  t.match(tournament, { code: 2, stderr: /one side, .*, or give --sides apart: each player is a side then/ })
  t.match(returns, { code: 0, stderr: /^eval: all players are one group.*--sides apart/m })
})

t.test('one that was trained as one of the groups has no place where they are one', async (t) => {
  const alone = join(t.testdir(), 'alone')
  await trainSmall(alone, { scenario: 'pong', algorithm: 'idqn', schedule: 'sync', ...OPTIONS })
  await loadPolicy(alone, apart, 'greedy')
  await t.rejects(loadPolicy(alone, together, 'greedy'), {
    code: 'ERR_CHECKPOINT_MISMATCH',
    message: /has a network for each of 1 agents, and players are 2/,
  })
})
