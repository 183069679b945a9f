import { closest } from 'fastest-levenshtein'
import { RuntimeError } from '../runtime/core/errors.ts'
import { importModule, looksLikePath, moduleUrl } from '../runtime/core/modules.ts'
import { type AnyScenario, actingGroups } from '../runtime/core/scenario.ts'

/**
 * Every scenario that ships with Manyfold, by name. A new one is a new folder and one line here. A thread or command loads
 * only the one that it needs.
 */
const SCENARIOS: Readonly<Record<string, () => Promise<AnyScenario>>> = {
  battle: async () => (await import('./battle/index.ts')).battle,
  battlefield: async () => (await import('./battlefield/index.ts')).battlefield,
  'adversarial-pursuit': async () => (await import('./adversarial-pursuit/index.ts')).adversarialPursuit,
  gather: async () => (await import('./gather/index.ts')).gather,
  'tiger-deer': async () => (await import('./tiger-deer/index.ts')).tigerDeer,
  'combined-arms': async () => (await import('./combined-arms/index.ts')).combinedArms,
  'double-attack': async () => (await import('./double-attack/index.ts')).doubleAttack,
  forest: async () => (await import('./forest/index.ts')).forest,
  arrange: async () => (await import('./arrange/index.ts')).arrange,
  'army-align': async () => (await import('./army-align/index.ts')).armyAlign,
  ising: async () => (await import('./ising/index.ts')).ising,
  lever: async () => (await import('./lever/index.ts')).lever,
  'repeated-bimatrix': async () => (await import('./repeated-bimatrix/index.ts')).repeatedBimatrix,
  'matrix-game': async () => (await import('./matrix-game/index.ts')).matrixGame,
  'differential-game': async () => (await import('./differential-game/index.ts')).differentialGame,
  'one-step-economy': async () => (await import('./one-step-economy/index.ts')).oneStepEconomy,
  switch: async () => (await import('./switch/index.ts')).switchGame,
  checkers: async () => (await import('./checkers/index.ts')).checkers,
  gathering: async () => (await import('./gathering/index.ts')).gathering,
  wolfpack: async () => (await import('./wolfpack/index.ts')).wolfpack,
  pong: async () => (await import('./pong/index.ts')).pong,
  traffic: async () => (await import('./traffic/index.ts')).traffic,
}

export const scenarioNames: readonly string[] = Object.keys(SCENARIOS)

/** Every scenario of the registry, in its order. */
export async function loadScenarios(): Promise<AnyScenario[]> {
  return Promise.all(Object.values(SCENARIOS).map((load) => load()))
}

/**
 * A scenario by its name, or by the path or file URL of a module that exports it as `scenario`.
 *
 * @throws ERR_SCENARIO_INVALID for an unknown name, a module without a scenario, or one that lets a group learn that
 *         does not act
 */
export async function loadScenario(reference: string): Promise<AnyScenario> {
  if (Object.hasOwn(SCENARIOS, reference)) return SCENARIOS[reference]!()
  if (!looksLikePath(reference)) {
    throw new RuntimeError(
      'ERR_SCENARIO_INVALID',
      `scenario: expected one of ${scenarioNames.join(', ')} or the path of a module, got '${reference}'; ` +
        `did you mean ${closest(reference, scenarioNames)}?`,
      { details: { got: reference } },
    )
  }
  return importScenario(reference)
}

/** The reference under which another thread or process on this machine finds the same scenario. */
export function resolveScenario(reference: string): string {
  return Object.hasOwn(SCENARIOS, reference) ? reference : moduleUrl(reference)
}

async function importScenario(reference: string): Promise<AnyScenario> {
  const module = (await importModule(reference, 'scenario')) as { readonly scenario?: AnyScenario }
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
