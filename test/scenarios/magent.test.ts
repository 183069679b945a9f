import { readFileSync } from 'node:fs'
import t from 'tap'
import { planWorld } from '../../runtime/core/world.ts'
import { denseShape } from '../../scenarios/gridworld/observation.ts'
import type { GridWorld } from '../../scenarios/gridworld/world.ts'
import { loadScenario } from '../../scenarios/registry.ts'
import { SoloWorld } from '../fixtures/solo-world.ts'

interface AgentGeometry {
  readonly actions: number
  readonly moves: readonly { readonly dxdy: readonly [number, number] }[]
  readonly attacks: readonly { readonly dxdy_from_anchor: readonly [number, number] }[]
  readonly view_rows: number
  readonly view_cols: number
}

const GEOMETRY = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/magent/geometry.json', import.meta.url), 'utf8'),
) as { readonly types: Readonly<Record<string, AgentGeometry>> }

/** Of one group: agents, type in geometry.json, channels with everything that MAgent2's wrapper can add. */
type GroupFacts = readonly [name: string, agents: number, type: string, side: number, allChannels: number]

/** What MAgent2 has by default. */
const FACTS: Readonly<
  Record<string, { size: number; maxSteps: number; idBits: number; walls?: number; groups: GroupFacts[] }>
> = {
  battlefield: {
    size: 80,
    maxSteps: 1000,
    idBits: 10,
    groups: [
      ['red', 12, 'battle/battlefield small', 13, 41],
      ['blue', 12, 'battle/battlefield small', 13, 41],
    ],
  },
  'adversarial-pursuit': {
    size: 45,
    maxSteps: 500,
    idBits: 10,
    walls: 60,
    groups: [
      ['predators', 25, 'adversarial_pursuit predator', 10, 33],
      ['prey', 50, 'adversarial_pursuit prey', 9, 29],
    ],
  },
  gather: {
    size: 200,
    maxSteps: 500,
    idBits: 0,
    walls: 0,
    groups: [
      ['food', 1551, 'gather food', 3, 0],
      ['omnivores', 495, 'gather omnivore', 15, 43],
    ],
  },
  'tiger-deer': {
    size: 45,
    maxSteps: 300,
    idBits: 10,
    walls: 81,
    groups: [
      ['deer', 101, 'tiger_deer deer', 3, 25],
      ['tigers', 20, 'tiger_deer tiger', 9, 29],
    ],
  },
  'combined-arms': {
    size: 45,
    maxSteps: 1000,
    idBits: 10,
    walls: 0,
    groups: [
      ['red-melee', 45, 'combined_arms melee', 13, 35],
      ['red-ranged', 36, 'combined_arms ranged', 13, 51],
      ['blue-melee', 45, 'combined_arms melee', 13, 35],
      ['blue-ranged', 36, 'combined_arms ranged', 13, 51],
    ],
  },
}

for (const [name, facts] of Object.entries(FACTS)) {
  t.test(`${name} has MAgent2's map, agents, actions and observations`, async (t) => {
    const scenario = await loadScenario(name)
    const solo = new SoloWorld(scenario)
    solo.start(1)
    const world = solo.bound.world as GridWorld
    const { config, groups } = world.plan
    t.match(config, { width: facts.size, height: facts.size, idBits: facts.idBits, order: 'magent' })
    t.equal(solo.plan.spec.maxSteps, facts.maxSteps)
    t.equal(config.groups.length, facts.groups.length)
    for (const [group, [groupName, agents, type, side, allChannels]] of facts.groups.entries()) {
      const geometry = GEOMETRY.types[type]!
      const { moves, attacks, actions, view } = groups[group]!
      t.equal(config.groups[group]!.name, groupName)
      t.equal(solo.bound.agents.living[group], agents, `agents of ${groupName}`)
      t.equal(solo.plan.spec.groups[group]!.actions, geometry.actions)
      t.same(
        [...moves, ...attacks].map(({ dx, dy }) => [dx, dy]),
        [
          ...geometry.moves.map(({ dxdy }) => dxdy),
          ...geometry.attacks.map(({ dxdy_from_anchor }) => dxdy_from_anchor),
        ],
      )
      t.same([view.height, view.width], [side, side])
      t.same([view.height, view.width], [geometry.view_rows, geometry.view_cols])
      const [off, on] = [false, true].map((minimap) => denseShape(groups[group]!, config, minimap))
      t.equal(off!.channels, 1 + 2 * facts.groups.length)
      t.equal(off!.feature, facts.idBits + actions + 1)
      t.equal(on!.channels, 1 + 3 * facts.groups.length)
      if (!config.groups[group]!.passive) t.equal(on!.channels + on!.feature, allChannels)
    }
    if (facts.walls !== undefined) t.equal(countWalls(solo) - 4 * (facts.size - 1), facts.walls)
  })
}

t.test('scenarios of the older MAgent have the agents of those that they derive from', async (t) => {
  for (const name of ['double-attack', 'forest']) {
    const scenario = await loadScenario(name)
    const { groups } = planWorld(scenario, scenario.options.parse({})).spec
    t.same(
      groups.map((group) => [group.name, group.capacity, group.actions]),
      [
        ['deer', 101, 5],
        ['tigers', 20, 9],
      ],
    )
  }
  const pursuit = await loadScenario('adversarial-pursuit')
  const { groups } = planWorld(pursuit, pursuit.options.parse(pursuit.presets!['pursuit'])).spec
  t.same(
    groups.map(({ capacity }) => capacity),
    [12_500, 25_000],
  )
})

function countWalls(solo: SoloWorld): number {
  const world = solo.bound.world as GridWorld
  const { width, height } = world.plan.config
  let walls = 0
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) if (!world.isBlank(x, y) && world.groupAt(x, y) < 0) walls++
  }
  return walls
}
