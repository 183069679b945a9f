import t from 'tap'
import { ObservationExpander } from '../../../runtime/core/observation.ts'
import { agentCode, codeMeaning, relativeCode, WALL_CODE } from '../../../scenarios/battle/layout.ts'
import { battleObservation, denseShape } from '../../../scenarios/battle/observation.ts'
import { openBattle, type SoloBattle } from './_battle.ts'

/** Half a tenth of hp, as a share of the full 10, and rounding. */
const HP_TOLERANCE = 0.005 + 1e-6
const MINIMAP_TOLERANCE = 1e-6

interface Dense {
  readonly view: Float32Array
  readonly feature: Float32Array
}

function denseOf({ world }: SoloBattle, army: number, slot: number, minimap: boolean): Dense {
  const shape = denseShape(minimap)
  const view = new Float32Array(shape.view)
  const feature = new Float32Array(shape.feature)
  world.observation.dense(army, slot, minimap, view, feature)
  return { view, feature }
}

/** Largest differences of packed from dense observations in one step, by what they may differ in. */
function compare(battle: SoloBattle, minimap: boolean) {
  const worst = { hp: 0, minimap: 0, other: 0, feature: 0, agents: 0 }
  const { solo } = battle
  for (const army of [0, 1]) {
    const space = solo.plan.spec.groups[army]!.observation
    const image = space.image!
    const { records, shared } = solo.observe(army)
    const expander = new ObservationExpander(space)
    const [first, end] = solo.list(army)
    for (let slot = first; slot < end; slot++) {
      const inputs = new Float32Array(space.inputs)
      expander.expand(records, (slot - first) * space.recordBytes, shared, 0, inputs, 0)
      const { view, feature } = denseOf(battle, army, slot, minimap)
      for (const [i, expected] of view.entries()) {
        const input = image.inputs[i]!
        const difference = Math.abs((input < 0 ? 0 : inputs[input]!) - expected)
        const channel = i % image.channels
        const kind = minimap
          ? (['other', 'other', 'hp', 'minimap', 'other', 'hp', 'minimap'] as const)[channel]!
          : (['other', 'other', 'hp', 'other', 'hp'] as const)[channel]!
        worst[kind] = Math.max(worst[kind], difference)
      }
      const packed = [
        ...inputs.subarray(space.hotAt, space.scalarsAt),
        ...inputs.subarray(space.scalarsAt, space.sharedAt),
      ]
      if (packed.length !== feature.length) throw new Error('another number of features')
      for (const [i, expected] of feature.entries()) {
        worst.feature = Math.max(worst.feature, Math.abs(packed[i]! - expected))
      }
      worst.agents++
    }
  }
  return worst
}

for (const minimap of [true, false]) {
  t.test(
    `packed observations are MAgent2's, hp in tenths, ${minimap ? 'with' : 'without'} minimaps`,
    async (t) => {
      const battle = openBattle({ agents: 60, mapSize: 22, minimap })
      const { solo } = battle
      let [agents, kills] = [0, 0]
      for (const seed of [1, 2]) {
        solo.start(seed)
        for (let step = 0; step < 40 && !solo.over; step++) {
          const worst = compare(battle, minimap)
          agents += worst.agents
          const close = worst.hp <= HP_TOLERANCE && worst.minimap <= MINIMAP_TOLERANCE
          if (!close || worst.other > 0 || worst.feature > 0)
            t.fail(`seed ${seed} step ${step}: ${JSON.stringify(worst)}`)
          solo.actMixed()
          solo.step()
        }
        kills +=
          battle.solo.bound.world.metrics()['redKills']! + battle.solo.bound.world.metrics()['blueKills']!
      }
      t.ok(agents > 2_000, `${agents} observations`)
      t.ok(kills > 10, `${kills} kills`)
    },
  )
}

t.test(
  'the image view has the shape of MAgent2 and shows every input of cells and minimaps once',
  async (t) => {
    for (const [minimap, channels] of [
      [true, 7],
      [false, 5],
    ] as const) {
      const { image, hotAt, sharedAt, inputs } = battleObservation(minimap)
      t.match(image, { height: 13, width: 13, channels })
      t.equal(image!.inputs.length, 13 * 13 * channels)
      const shown = image!.inputs.filter((input) => input >= 0).sort((a, b) => a - b)
      const expected = Array.from({ length: inputs }, (_, input) => input).filter(
        (input) => input < hotAt || input >= sharedAt,
      )
      t.same(shown, expected)
    }
  },
)

t.test('sizes are those of MAgent2: 34 features, or 32 without a minimap', async (t) => {
  t.same(denseShape(true), { view: 13 * 13 * 7, channels: 7, feature: 34 })
  t.same(denseShape(false), { view: 13 * 13 * 5, channels: 5, feature: 32 })
  t.equal(battleObservation(true).inputs, 113 * 5 + 34 + 2 * 169)
  t.equal(battleObservation(false).inputs, 113 * 5 + 32)
})

t.test('every army and every tenth of hp has a code of its own', async (t) => {
  const codes = new Set([0, WALL_CODE])
  const wrong: string[] = []
  for (const army of [0, 1]) {
    for (let tenths = 0; tenths <= 100; tenths++) {
      const code = agentCode(army, tenths / 10)
      const meaning = codeMeaning(code)
      codes.add(code)
      if (meaning?.army !== army || Math.abs(meaning.hp - tenths / 100) > 1e-7)
        wrong.push(`${army} ${tenths}`)
    }
  }
  t.same(wrong, [])
  t.equal(codes.size, 2 + 2 * 101)
})

t.test('each army sees itself in the low half of the codes, and walls and blanks as they are', async (t) => {
  for (const army of [0, 1]) {
    t.equal(codeMeaning(relativeCode(agentCode(army, 7.3), army))?.army, 0)
    t.equal(codeMeaning(relativeCode(agentCode(1 - army, 7.3), army))?.army, 1)
    t.same([relativeCode(0, army), relativeCode(WALL_CODE, army)], [0, WALL_CODE])
  }
})

t.test('an army without agents is an empty minimap and no NaN', async (t) => {
  const { solo, world } = openBattle({ agents: 4, mapSize: 14 })
  world.clearMap(1)
  world.place(0, 3, 3)
  const { shared } = solo.observe(0)
  t.equal(
    shared.reduce((sum, value) => sum + value, 0),
    1,
  )
  t.ok(shared.subarray(169).every((value) => value === 0))
})
