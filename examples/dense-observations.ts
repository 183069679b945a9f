/** Steps a battle by hand and looks at it as MAgent2 shows it, in dense arrays. See docs/gridworld.md. */
import { Clock, driveOn, loadScenario, observeDense, planWorld, withDense } from 'manyfold'

const RED = 0
/** A channel of views. */
const OWN_HP = 2

const battle = withDense(await loadScenario('battle'))
const plan = planWorld(battle, battle.options.parse({ agents: 24, mapSize: 20 }))
const driven = await driveOn(1, 2 ** 30)(plan, 'battle')
const { agents, world } = driven.bound

agents.key.set([1, 2]) // all that is random in an episode hangs on its key
world.reset()
for (let step = 0; step < 10; step++) {
  for (const army of [0, 1]) world.policies['nearest-enemy']!(army, 0, agents.living[army]!)
  await driven.runPhases(0, world.phases.length)
  agents.clock[Clock.step]!++
}

const { shape, view, feature } = observeDense(driven.bound, RED)
const [count, height, width, channels] = shape
console.log(`views of ${shape.join(' × ')}, features of ${count} × ${feature.length / count}`)
const middle = Math.floor((height * width) / 2)
for (let agent = 0; agent < count; agent++) {
  const hp = view[(agent * height * width + middle) * channels + OWN_HP]!
  console.log(`red soldier ${agents.id[agent]} has ${Math.round(100 * hp)} % of its hp`)
}
await driven.close()
