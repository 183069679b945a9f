import type { Test } from 'tap'
import { agentNumber } from '../../runtime/core/experience.ts'
import { NO_INPUT, ObservationExpander, type ObservationSpace } from '../../runtime/core/observation.ts'
import { type AnyScenario, Clock } from '../../runtime/core/scenario.ts'
import { SoloWorld } from '../fixtures/solo-world.ts'

export interface ScenarioContractOptions {
  /** Options of the scenario; whatever is left out has its default. */
  readonly options?: Record<string, unknown>
  /** Steps that are played of each episode. */
  readonly steps?: number
  /** Titles of tests that do not hold for this scenario, and why. */
  readonly skip?: readonly { readonly reason: string; readonly tests: readonly string[] }[]
}

/** Every scenario passes these, whatever its rules. */
export function testScenario(
  t: Test,
  scenario: AnyScenario,
  { options = {}, steps = 60, skip = [] }: ScenarioContractOptions = {},
): void {
  const make = () => new SoloWorld(scenario, options)
  const test = (title: string, body: (t: Test) => void) =>
    t.test(title, { skip: skip.find(({ tests }) => tests.includes(title))?.reason ?? false }, async (t) =>
      body(t),
    )

  test('every option has a default or may be left out, and a description', (t) => {
    t.ok(scenario.options.safeParse({}).success)
    const silent = Object.entries(scenario.options.shape).filter(([, schema]) => !schema.description)
    t.same(
      silent.map(([name]) => name),
      [],
    )
    t.notMatch(scenario.summary, /\n/)
  })

  test('every preset is a set of valid options', (t) => {
    for (const [name, preset] of Object.entries(scenario.presets ?? {})) {
      const parsed = scenario.options.safeParse(preset)
      t.ok(parsed.success, name)
      if (parsed.success) t.ok(scenario.describe(parsed.data).groups.length > 0, name)
    }
  })

  test('the group that learns is one that acts', (t) => {
    const { groups } = scenario.describe(scenario.options.parse(options))
    const acting = groups.filter(({ passive }) => !passive).map(({ name }) => name)
    t.ok(acting.includes(scenario.learningGroup ?? acting[0]!))
  })

  test('what it says of its policies, options and metrics is there', (t) => {
    const { scripted, defaultPolicy = 'random', stepsOption, units = {}, options } = scenario
    const { averages = [], shown = [] } = scenario
    t.ok(['random', ...scripted].includes(defaultPolicy))
    t.ok(stepsOption === undefined || stepsOption in options.shape)
    const world = make()
    world.start(14)
    const metrics = Object.keys(world.bound.world.metrics())
    t.same(
      [...(averages === 'all' ? [] : averages), ...shown, ...Object.keys(units)].filter(
        (name) => !metrics.includes(name),
      ),
      [],
    )
  })

  test('the description is data and always the same', (t) => {
    const describe = () => scenario.describe(scenario.options.parse(options))
    t.same(describe(), describe())
    t.same(structuredClone(describe()), describe())
    const { maxSteps, decisionSteps = 1 } = describe()
    t.ok([maxSteps, decisionSteps].every((steps) => Number.isInteger(steps) && steps > 0))
  })

  test('equal seeds give equal bytes', (t) => {
    const [a, b] = [make(), make()]
    t.same(a.play(1, steps), b.play(1, steps))
    t.equal(a.hashState(), b.hashState())
  })

  test('different seeds give different episodes', (t) => {
    const world = make()
    t.strictNotSame(world.play(1, steps), world.play(2, steps))
  })

  test('an episode does not depend on how its phases and observations are cut into ranges', (t) => {
    const whole = make()
    const expected = whole.play(3, steps)
    for (const pieces of [2, 7]) {
      const cut = make()
      t.same(cut.play(3, steps, pieces), expected, `${pieces} pieces`)
      t.equal(cut.hashState(), whole.hashState(), `${pieces} pieces`)
    }
  })

  test('reset starts afresh, whatever was played before', (t) => {
    const world = make()
    const first = world.play(4, steps)
    world.play(5, steps)
    t.same(world.play(4, steps), first)
  })

  test('nothing is written outside the own memory', (t) => {
    const world = make()
    world.play(6, steps)
    world.play(7, steps, 3)
    t.same(world.findStrays(), [])
  })

  test('observations are well-formed records and expand to finite numbers', (t) => {
    const problems = followEpisode(make(), 8, steps, (world) =>
      world.plan.spec.groups.flatMap(({ observation }, group) => {
        const { records, shared } = world.observe(group)
        return checkRecords(observation, records, shared)
      }),
    )
    t.same(problems, [])
  })

  test('rewards, scores and metrics are finite', (t) => {
    const world = make()
    const problems = followEpisode(world, 9, steps, ({ bound, plan }, before) => [
      ...before.flatMap(([first, end], group) =>
        bound.agents.reward.subarray(first, end).every(Number.isFinite) ? [] : [`reward of group ${group}`],
      ),
      ...plan.spec.groups.flatMap((_, group) =>
        Number.isFinite(bound.world.score(group)) ? [] : [`score of group ${group}`],
      ),
      ...Object.entries(bound.world.metrics()).flatMap(([name, value]) =>
        Number.isFinite(value) ? [] : [`metric ${name}`],
      ),
    ])
    t.same(problems, [])
  })

  test('a population is within what was described, or there is none', (t) => {
    const problems = followEpisode(make(), 9, steps, ({ bound, plan }) => {
      const { population } = plan.spec
      const counted = bound.world.population?.()
      if (population === undefined && counted === undefined) return []
      return counted! >= 0 && counted! <= population! ? [] : [`population ${counted} of ${population}`]
    })
    t.same(problems, [])
  })

  test('whoever goes on stands where next says, in the list, alone and with the same id', (t) => {
    let ids: Uint32Array
    const world = make()
    const problems = followEpisode(
      world,
      10,
      steps,
      ({ bound }, before) =>
        before.flatMap(([first, end], group) =>
          checkNext(world, group, ids.subarray(first, end), bound.agents.next.subarray(first, end)),
        ),
      () => {
        ids = world.bound.agents.id.slice()
      },
    )
    t.same(problems, [])
  })

  test('an action goes along with its agent until the next decision', (t) => {
    let actions: Uint16Array
    const problems = followEpisode(
      make(),
      10,
      steps,
      ({ bound, plan }, before) => {
        const { action, next, clock } = bound.agents
        if (clock[Clock.step]! % plan.decisionSteps === 0) return []
        const slots = before.flatMap(([first, end]) =>
          Array.from(actions.subarray(first, end), (_, i) => first + i),
        )
        return slots
          .filter((slot) => next[slot]! >= 0 && action[next[slot]!] !== actions[slot])
          .map((slot) => `the action of slot ${slot} was lost`)
      },
      ({ bound }) => {
        actions = bound.agents.action.slice()
      },
    )
    t.same(problems, [])
  })

  test('groups keep to their capacity, and living agents have ids of their own', (t) => {
    const problems = followEpisode(make(), 11, steps, (world) => {
      const ids = world.plan.spec.groups.flatMap((_, group) => [
        ...world.bound.agents.id.subarray(...world.list(group)),
      ])
      const tooMany = world.plan.spec.groups.filter(
        ({ capacity }, group) =>
          !(world.bound.agents.living[group]! >= 0 && world.bound.agents.living[group]! <= capacity),
      )
      return [
        ...(new Set(ids).size === ids.length ? [] : ['an id stands in two slots']),
        ...tooMany.map(({ name }) => `${name} has ${world.bound.agents.living.join()} agents`),
      ]
    })
    t.same(problems, [])
  })

  test('living agents of a group have numbers of their own, by which they can have networks', (t) => {
    const problems = followEpisode(make(), 11, steps, (world) =>
      world.plan.spec.groups.flatMap(({ name, capacity, passive }, group) => {
        if (passive) return []
        const ids = [...world.bound.agents.id.subarray(...world.list(group))]
        const numbers = new Set(ids.map((id) => agentNumber(id, capacity)))
        return numbers.size === ids.length
          ? []
          : [`${name} has ${ids.length} agents of ${numbers.size} numbers`]
      }),
    )
    t.same(problems, [])
  })

  test('who terminated does not come back in the same episode', (t) => {
    const gone = new Set<number>()
    const world = make()
    let ids: Uint32Array
    const problems = followEpisode(
      world,
      12,
      steps,
      ({ bound, plan }, before) => {
        for (const [first, end] of before) {
          for (let slot = first; slot < end; slot++) if (bound.agents.next[slot]! < 0) gone.add(ids[slot]!)
        }
        return plan.spec.groups.flatMap((_, group) =>
          bound.agents.id.subarray(...world.list(group)).some((id) => gone.has(id)) ? [`group ${group}`] : [],
        )
      },
      () => {
        ids = world.bound.agents.id.slice()
      },
    )
    t.same(problems, [])
  })

  test('scripted policies are those that are named and choose legal actions for their range alone', (t) => {
    const world = make()
    t.same(Object.keys(world.bound.world.policies).sort(), [...scenario.scripted].sort())
    for (const name of scenario.scripted) {
      const problems = followEpisode(world, 13, Math.min(steps, 20), () => {
        const { action } = world.bound.agents
        return world.plan.spec.groups.flatMap(({ actions }, group) => {
          const [first, end] = world.list(group)
          action.fill(0xfffe)
          const half = first + ((end - first) >> 1)
          world.bound.world.policies[name]!(group, half - first, end - first)
          const written = action.every((value, slot) => (value !== 0xfffe) === (slot >= half && slot < end))
          const legal = action.subarray(half, end).every((value) => value < actions)
          world.follow(name, group)
          return [...(written ? [] : [`${name}: range`]), ...(legal ? [] : [`${name}: action`])]
        })
      })
      t.same(problems, [])
    }
  })

  test('phases have names of their own', (t) => {
    const names = make().bound.world.phases.map(({ name }) => name)
    t.equal(new Set(names).size, names.length)
    t.ok(names.every((name) => name.length > 0))
  })
}

type Lists = readonly (readonly [first: number, end: number])[]

/** Plays an episode and gathers what `check` finds after each step, with the number of the step. */
function followEpisode(
  world: SoloWorld,
  seed: number,
  steps: number,
  check: (world: SoloWorld, before: Lists) => readonly string[],
  prepare: (world: SoloWorld) => void = () => {},
): string[] {
  world.start(seed)
  while (world.bound.agents.clock[Clock.step]! < steps && !world.over) {
    const before = world.plan.spec.groups.map((_, group) => world.list(group))
    world.actMixed()
    prepare(world)
    world.step()
    const problems = check(world, before)
    if (problems.length > 0)
      return problems.map((problem) => `step ${world.bound.agents.clock[Clock.step]}: ${problem}`)
  }
  return []
}

/** @param ids of the agents that acted @param next where each of them stands now */
function checkNext(world: SoloWorld, group: number, ids: Uint32Array, next: Int32Array): string[] {
  const [first, end] = world.list(group)
  const { id } = world.bound.agents
  const taken = new Set<number>()
  for (const [i, slot] of next.entries()) {
    if (slot < 0) continue
    if (slot < first || slot >= end)
      return [`agent ${ids[i]} goes to slot ${slot} outside [${first}, ${end})`]
    if (taken.has(slot)) return [`two agents go to slot ${slot}`]
    if (id[slot] !== ids[i]) return [`agent ${ids[i]} goes to slot ${slot} of agent ${id[slot]}`]
    taken.add(slot)
  }
  return []
}

function checkRecords(space: ObservationSpace, records: Uint8Array, shared: Float32Array): string[] {
  const count = records.length / space.recordBytes
  const view = new DataView(records.buffer)
  const expander = new ObservationExpander(space)
  for (let agent = 0; agent < count; agent++) {
    const at = agent * space.recordBytes
    for (let slot = 0; slot < space.hotSlots; slot++) {
      const input = view.getUint16(at + space.hotOffset + slot * 2, true)
      if (input !== NO_INPUT && input >= space.inputs) return [`hot input ${input} of ${space.inputs}`]
    }
    for (let cell = 0; cell < space.cells; cell++) {
      const code = records[at + space.cellsOffset + cell]!
      if (space.codes[code] === undefined) return [`cell code ${code}`]
    }
    const inputs = new Float32Array(space.inputs)
    expander.expand(records, at, shared, 0, inputs, 0)
    if (!inputs.every(Number.isFinite)) return [`agent ${agent} sees a number that is not finite`]
  }
  return []
}
