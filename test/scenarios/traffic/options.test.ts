import t from 'tap'
import { planWorld } from '../../../runtime/core/world.ts'
import { traffic } from '../../../scenarios/traffic/index.ts'
import { timingOf, trafficOptions } from '../../../scenarios/traffic/options.ts'
import { cityflowRecording } from '../../fixtures/cityflow.ts'
import { Simulation } from './_drive.ts'

const INVALID = { code: 'ERR_CONFIG_INVALID' }
const timing = (given: object, interval = 1) => timingOf(trafficOptions.parse(given), interval)

t.test('protocols have the times of theirs, and what is said beside them counts', async (t) => {
  t.match(timing({}), { firstPhase: 0, decisionSteps: 10, yellow: 0 })
  t.match(timing({ protocol: 'colight' }), { firstPhase: 1, mostPhases: 4, decisionSteps: 15, yellow: 5 })
  t.match(timing({ protocol: 'colight', decisionInterval: 30, phases: 8, allRedTime: 2 }), {
    mostPhases: 8,
    decisionSteps: 30,
    yellow: 5,
    allRed: 2,
  })
})

t.test('standard times are rounded to steps, those that are given must fit', async (t) => {
  t.equal(timing({}, 0.3).decisionSteps, 33)
  t.equal(timing({}, 20).decisionSteps, 1)
  t.equal(timing({ decisionInterval: 9 }, 0.3).decisionSteps, 30)
  t.throws(() => timing({ decisionInterval: 10 }, 0.3), { ...INVALID, message: /decisionInterval.*0.3 s/ })
  t.throws(() => timing({ minGreen: 2.5 }), { ...INVALID, message: /minGreen/ })
})

t.test('a junction that could never clear is refused', async (t) => {
  t.throws(() => timing({ decisionInterval: 5, yellowTime: 4, allRedTime: 2 }), {
    ...INVALID,
    message: /yellowTime, allRedTime.*5 s, got 6 s/,
  })
  t.equal(timing({ decisionInterval: 5, yellowTime: 5 }).yellow, 5)
})

t.test('a yellow phase that a signal lacks is refused, if there is a yellow', async (t) => {
  const describe = (given: object) => planWorld(traffic, traffic.options.parse(given))
  t.throws(() => describe({ yellowTime: 3, yellowPhase: 9 }), {
    ...INVALID,
    message: /yellowPhase.*0 to 8, got 9/,
  })
  t.equal(describe({ yellowPhase: 9 }).spec.groups[0]!.name, 'signals')
})

t.test(
  'a network whose signals have nothing to choose has no agents, and its vehicles drive on',
  async (t) => {
    const simulation = new Simulation({ data: cityflowRecording('inputs/straight_rl0_lc0.json') })
    t.equal(simulation.bound.plan.spec.groups[0]!.capacity, 0)
    simulation.run(160, 'plan')
    t.match(simulation.metrics, { spawned: 3 })
    t.ok(simulation.metrics['finished']! > 0)
  },
)

t.test('a decision that the end of an episode cuts short is paid for the steps that it had', async (t) => {
  const earned = (maxSteps: number) => {
    const simulation = new Simulation({ maxSteps, protocol: 'colight' })
    const { reward } = simulation.bound.agents
    let sum = 0
    for (let step = 0; step < maxSteps; step++) {
      simulation.run(1, 'fixed-time')
      for (const value of reward) sum += value
    }
    return sum
  }
  const [whole, longer] = [earned(600), earned(607)]
  t.ok(longer < whole, `${longer} after ${whole}`)
})
