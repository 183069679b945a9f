import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { closest } from 'fastest-levenshtein'
import { RuntimeError } from '../runtime/core/errors.ts'
import { type AnyScenario, actingGroups } from '../runtime/core/scenario.ts'
import { adversarialPursuit } from './adversarial-pursuit/index.ts'
import { armyAlign } from './army-align/index.ts'
import { arrange } from './arrange/index.ts'
import { battle } from './battle/index.ts'
import { battlefield } from './battlefield/index.ts'
import { combinedArms } from './combined-arms/index.ts'
import { doubleAttack } from './double-attack/index.ts'
import { forest } from './forest/index.ts'
import { gather } from './gather/index.ts'
import { tigerDeer } from './tiger-deer/index.ts'
import { traffic } from './traffic/index.ts'

/** Every scenario that ships with Manyfold. A new one is a new folder and one line here. */
export const scenarios: readonly AnyScenario[] = [
  battle,
  battlefield,
  adversarialPursuit,
  gather,
  tigerDeer,
  combinedArms,
  doubleAttack,
  forest,
  arrange,
  armyAlign,
  traffic,
]

/**
 * A scenario by its name, or by the path or file URL of a module that exports it as `scenario`.
 *
 * @throws ERR_SCENARIO_INVALID for an unknown name, a module without a scenario, or one that lets a group learn that
 *         does not act
 */
export async function loadScenario(reference: string): Promise<AnyScenario> {
  const known = scenarios.find(({ name }) => name === reference)
  if (known) return known
  if (!/[./\\]/.test(reference)) {
    const names = scenarios.map(({ name }) => name)
    throw new RuntimeError(
      'ERR_SCENARIO_INVALID',
      `scenario: expected one of ${names.join(', ')} or the path of a module, got '${reference}'; ` +
        `did you mean ${closest(reference, names)}?`,
      { details: { got: reference } },
    )
  }
  return importScenario(reference)
}

/** The reference under which another thread or process on this machine finds the same scenario. */
export function resolveScenario(reference: string): string {
  if (scenarios.some(({ name }) => name === reference) || reference.startsWith('file:')) return reference
  return pathToFileURL(resolve(reference)).href
}

async function importScenario(reference: string): Promise<AnyScenario> {
  const url = resolveScenario(reference)
  if (!existsSync(new URL(url))) {
    throw new RuntimeError('ERR_FILE_MISSING', `scenario: there is no file ${reference}; check the path`)
  }
  const module = (await import(url)) as { readonly scenario?: AnyScenario }
  if (typeof module.scenario?.bind !== 'function') {
    throw new RuntimeError(
      'ERR_SCENARIO_INVALID',
      `scenario: expected ${reference} to export \`scenario\`, made by defineScenario`,
    )
  }
  checkLearningGroup(module.scenario)
  return module.scenario
}

/** @throws ERR_SCENARIO_INVALID when the group that is to learn is not there by default, or does not act */
export function checkLearningGroup(scenario: AnyScenario): void {
  const { name, options, learningGroup } = scenario
  if (learningGroup === undefined) return
  const defaults = options.safeParse({})
  // Which groups there are may hang on options that have to be given.
  if (!defaults.success) return
  const { groups } = scenario.describe(defaults.data)
  const names = actingGroups(groups).map((group) => groups[group]!.name)
  if (names.includes(learningGroup)) return
  throw new RuntimeError(
    'ERR_SCENARIO_INVALID',
    `${name}: learningGroup: expected one of ${names.join(', ')}, got '${learningGroup}'`,
    { details: { field: 'learningGroup', got: learningGroup } },
  )
}
