import t from 'tap'
import { LIST_AT, LIST_COUNT, LIST_WORDS } from '../../../scenarios/traffic/codes.ts'
import { planTraffic, readTraffic } from '../../../scenarios/traffic/describe.ts'
import { readConfig } from '../../../scenarios/traffic/files/config.ts'
import { traffic } from '../../../scenarios/traffic/index.ts'
import { cityflowRecording } from '../../fixtures/cityflow.ts'
import { SoloWorld } from '../../fixtures/solo-world.ts'

const DATA = cityflowRecording('inputs/grid3x3_rl0_lc0.json')
const { constants } = planTraffic(readTraffic(readConfig(DATA)), 3600)
const SIGNALS = constants.signals.length

/** A grid of 3 × 3 signals after some time, what its signals see and earn, and the vehicles on each lane. */
function grid(options: Record<string, unknown>, steps: number) {
  const solo = new SoloWorld(traffic, { data: DATA, ...options })
  const { plan, bound } = solo
  solo.start(0)
  const rewards = new Float64Array(SIGNALS)
  /** [steps][lane] standing vehicles */
  const queues: number[][] = []
  for (let step = 0; step < steps; step++) {
    if (step % plan.decisionSteps === 0) {
      rewards.fill(0)
      solo.follow('fixed-time', 0)
    }
    solo.step()
    for (let signal = 0; signal < SIGNALS; signal++) rewards[signal]! += bound.agents.reward[signal]!
    queues.push(Array.from(constants.laneRoad, (_, lane) => standing(lane)))
  }
  const { recordBytes, scalars } = plan.spec.groups[0]!.observation
  const records = new Float32Array(solo.observe(0).records.buffer)
  const seen = Array.from({ length: SIGNALS }, (_, signal) => {
    const from = (signal * recordBytes) / 4
    return Object.fromEntries(scalars.map((name, i) => [name, records[from + i]!]))
  })

  function vehiclesOn(lane: number): number[] {
    const { lists } = bound.state
    const first = lists![lane * LIST_WORDS + LIST_AT]!
    return [...lists!.subarray(first, first + lists![lane * LIST_WORDS + LIST_COUNT]!)]
  }
  function standing(lane: number): number {
    return vehiclesOn(lane).filter((vehicle) => bound.state['speed']![vehicle]! < 0.1).length
  }
  return { bound, seen, rewards, queues, vehiclesOn, standing }
}

function entriesOf(signal: number): number[] {
  return [...constants.entries.subarray(constants.entriesFrom[signal], constants.entriesFrom[signal + 1])]
}

const near = (a: number, b: number) => Math.abs(a - b) < 1e-5 * Math.max(1, Math.abs(b))

t.test(
  'a signal sees the vehicles that stand, that are there and that come near on each of its lanes',
  async (t) => {
    const { seen, vehiclesOn, standing, bound } = grid(
      { features: ['queue', 'vehicles', 'approaching'] },
      600,
    )
    const { position, speed } = bound.state
    let [most, wrong] = [0, 0]
    for (let signal = 0; signal < SIGNALS; signal++) {
      for (const [i, lane] of entriesOf(signal).entries()) {
        const reach = 10 * Math.min(constants.maxSpeed[lane]!, 16.67)
        const approaching = vehiclesOn(lane).filter(
          (vehicle) => speed![vehicle]! >= 0.1 && constants.length[lane]! - position![vehicle]! <= reach,
        ).length
        const expected = [standing(lane), vehiclesOn(lane).length, approaching]
        const names = [`queue ${i}`, `vehicles ${i}`, `approaching ${i}`]
        names.forEach((name, k) => {
          if (!near(seen[signal]![name]! * 10, expected[k]!)) wrong++
        })
        most = Math.max(most, ...expected)
      }
    }
    t.equal(wrong, 0)
    t.ok(most > 3, 'there was something to see')
  },
)

t.test('a signal sees which phase it shows, and for how long', async (t) => {
  const { seen, bound } = grid({ features: ['phase', 'elapsed'] }, 615)
  const { chosen, greenSteps } = bound.state
  for (let signal = 0; signal < SIGNALS; signal++) {
    const names = Object.keys(seen[signal]!).filter((name) => name.startsWith('phase'))
    t.same(
      names.map((name) => seen[signal]![name]),
      names.map((_, i) => (i === chosen![signal] ? 1 : 0)),
    )
    t.ok(near(seen[signal]!['elapsed 0']!, greenSteps![signal]! / 20))
  }
})

t.test('pressures are what max-pressure compares', async (t) => {
  const { seen, bound } = grid({ features: ['pressure'] }, 600)
  const { action } = bound.agents
  bound.world.policies['max-pressure']!(0, 0, SIGNALS)
  for (let signal = 0; signal < SIGNALS; signal++) {
    const pressures = Object.values(seen[signal]!)
    t.equal(pressures.indexOf(Math.max(...pressures)), action[signal])
  }
})

t.test(
  "behind its own block a signal sees its neighbours' blocks, and zeros where it has none",
  async (t) => {
    const { seen } = grid({ features: ['queue', 'phase'], neighbours: 4 }, 600)
    const own = Object.keys(seen[0]!).filter((name) => !name.startsWith('neighbour'))
    let absent = 0
    for (let signal = 0; signal < SIGNALS; signal++) {
      const from = constants.neighboursFrom[signal]!
      for (let i = 0; i < 4; i++) {
        const block = own.map((name) => seen[signal]![`neighbour ${i}: ${name}`])
        const neighbour =
          from + i < constants.neighboursFrom[signal + 1]! ? constants.neighbours[from + i] : undefined
        if (neighbour === undefined) absent++
        t.same(
          block,
          own.map((name) => (neighbour === undefined ? 0 : seen[neighbour]![name])),
        )
      }
    }
    t.equal(absent, 12, 'four signals at corners have two neighbours, four at edges have three')
  },
)

t.test(
  'the queue reward is minus the mean of standing vehicles a lane and step since the last decision',
  async (t) => {
    const { rewards, queues } = grid({ reward: 'queue' }, 600)
    for (let signal = 0; signal < SIGNALS; signal++) {
      const lanes = entriesOf(signal)
      let sum = 0
      for (const step of queues.slice(-10)) for (const lane of lanes) sum += step[lane]!
      // Vehicles that come to a lane in a step and stand there are counted from the next one on.
      t.ok(Math.abs(-rewards[signal]! - sum / (10 * lanes.length)) < 0.05)
    }
  },
)

t.test(
  'the pressure reward is minus the difference of vehicles before and behind the signal, a lane',
  async (t) => {
    const { rewards, vehiclesOn } = grid({ reward: 'pressure' }, 600)
    for (let signal = 0; signal < SIGNALS; signal++) {
      const exits = constants.exits.subarray(constants.exitsFrom[signal], constants.exitsFrom[signal + 1])
      const count = (lanes: Iterable<number>) =>
        [...lanes].reduce((sum, lane) => sum + vehiclesOn(lane).length, 0)
      const difference = Math.abs(count(entriesOf(signal)) - count(exits))
      t.ok(near(rewards[signal]!, -difference / entriesOf(signal).length))
    }
  },
)

t.test(
  'the waiting reward is minus the minutes that the vehicles on its lanes have stood, a lane',
  async (t) => {
    const { rewards, vehiclesOn, bound } = grid({ reward: 'waiting' }, 600)
    for (let signal = 0; signal < SIGNALS; signal++) {
      const lanes = entriesOf(signal)
      const seconds = lanes
        .flatMap(vehiclesOn)
        .reduce((sum, vehicle) => sum + bound.state['waited']![vehicle]!, 0)
      t.ok(near(rewards[signal]!, -seconds / (60 * lanes.length)))
    }
  },
)

t.test('the throughput reward counts the vehicles that passed the signal', async (t) => {
  const { rewards } = grid({ reward: 'throughput' }, 600)
  t.ok(rewards.every((reward) => reward >= 0))
  t.ok(rewards.some((reward) => reward > 0))
})
