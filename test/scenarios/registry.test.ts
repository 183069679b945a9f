import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import {
  checkLearningGroup,
  loadScenario,
  loadScenarios,
  resolveScenario,
  scenarioNames,
} from '../../scenarios/registry.ts'

const INVALID = { code: 'ERR_SCENARIO_INVALID' }

t.test('every scenario is found by its name, and no two share one', async (t) => {
  const scenarios = await loadScenarios()
  for (const scenario of scenarios) {
    t.equal(await loadScenario(scenario.name), scenario)
    t.equal(resolveScenario(scenario.name), scenario.name)
    t.doesNotThrow(() => checkLearningGroup(scenario))
  }
  t.same(
    scenarios.map(({ name }) => name),
    scenarioNames,
  )
})

t.test('an unknown name is refused with the nearest known one', async (t) => {
  await t.rejects(loadScenario('batle'), { ...INVALID, message: /did you mean battle\?/ })
})

t.test('a module that exports a scenario is a scenario, by path or by URL', async (t) => {
  const file = join(
    t.testdir({ 'mine.mjs': "export const scenario = { name: 'mine', bind() {} }" }),
    'mine.mjs',
  )
  t.match(await loadScenario(file), { name: 'mine' })
  t.match(await loadScenario(pathToFileURL(file).href), { name: 'mine' })
  t.equal(resolveScenario(file), pathToFileURL(file).href)
})

t.test(
  'a module that lets a group learn that is not there or does not act is refused when it is loaded',
  async (t) => {
    const modules = ['food', 'wolves', 'deer'].map((group) => [
      `${group}.mjs`,
      `const groups = [{ name: 'food', passive: true }, { name: 'deer' }, { name: 'tigers' }]
    export const scenario = {
      name: 'mine', learningGroup: '${group}', bind() {}, describe: () => ({ groups }),
      options: { safeParse: () => ({ success: true, data: {} }) },
    }`,
    ])
    const folder = t.testdir(Object.fromEntries(modules))
    for (const group of ['food', 'wolves']) {
      await t.rejects(loadScenario(join(folder, `${group}.mjs`)), {
        ...INVALID,
        message: `mine: learningGroup: expected one of deer, tigers, got '${group}'`,
      })
    }
    t.match(await loadScenario(join(folder, 'deer.mjs')), { learningGroup: 'deer' })
  },
)

t.test('a module without a scenario is refused', async (t) => {
  const file = join(t.testdir({ 'other.mjs': 'export const scene = {}' }), 'other.mjs')
  await t.rejects(loadScenario(file), INVALID)
})

t.test('a path that leads nowhere is refused', async (t) => {
  await t.rejects(loadScenario('./nowhere.js'), { code: 'ERR_FILE_MISSING' })
})
