import t from 'tap'
import { loadScenarios } from '../../scenarios/registry.ts'
import { type ScenarioContractOptions, testScenario } from '../contract/scenario-contract.ts'

/** Further settings in which a scenario is tested, beside its defaults. */
const SETTINGS: Readonly<Record<string, Readonly<Record<string, ScenarioContractOptions>>>> = {
  battle: {
    'two agents without a minimap': { options: { agents: 2, mapSize: 12, minimap: false }, steps: 40 },
    'a crowded map to the end': { options: { agents: 160, mapSize: 24 }, steps: 200 },
    'the large-map rule': { options: { agents: 400, mapSize: 101 }, steps: 40 },
  },
  'adversarial-pursuit': {
    'a drawn order on a small map': { options: { mapSize: 16, rules: 'manyfold' } },
  },
  'tiger-deer': {
    'a drawn order to the end': { options: { mapSize: 20, rules: 'manyfold' }, steps: 300 },
  },
  'combined-arms': {
    'a drawn order without a minimap': { options: { mapSize: 20, rules: 'manyfold', minimap: false } },
  },
  arrange: { 'a drawn order': { options: { text: 'HI', mapSize: 30, rules: 'manyfold' } } },
  'repeated-bimatrix': {
    'a planner that chooses': { options: { game: 'augmented', choices: 3, resentment: 0.5 }, steps: 20 },
  },
  'differential-game': {
    'three long moves, from anywhere': { options: { moves: 3, stride: 2, start: 'anywhere' } },
  },
  'one-step-economy': {
    'the federal tax': { options: { tax: 'federal' } },
    'a rate that is set, and people of another mind': { options: { taxRate: 0.3, riskAversion: 0.5 } },
  },
  switch: {
    'four agents that see themselves, and the clock': {
      options: { agents: 4, view: 'partial', clock: true },
    },
    'the old rewards, without numbers': {
      options: { agents: 3, rewards: 'before-july-2021', agentId: false },
    },
    'a shared reward': { options: { sharedReward: true } },
  },
  checkers: {
    'what ma-gym shows, and the old rewards': {
      options: { view: 'partial', agentId: false, clock: true, rewards: 'before-july-2021' },
      steps: 100,
    },
  },
  gathering: {
    'six players and short delays': { options: { players: 6, appleDelay: 1, tagDelay: 2 }, steps: 100 },
    'two players apart': { options: { sides: 'apart', appleDelay: 2 } },
  },
  wolfpack: { 'many wolves in a small field': { options: { wolves: 8, size: 4, radius: 1, preyMoves: 1 } } },
  pong: { 'players together, to the end': { options: { sides: 'together', points: 1 }, steps: 400 } },
  'army-align': { 'four letters of single cells': { options: { pattern: 'MANY', scale: 1 }, steps: 30 } },
}

/** Steps of scenarios whose default worlds are large. */
const STEPS: Readonly<Record<string, number>> = { gather: 20 }

for (const scenario of await loadScenarios()) {
  t.test(`${scenario.name} keeps the contract of scenarios`, async (t) =>
    testScenario(t, scenario, { ...(STEPS[scenario.name] && { steps: STEPS[scenario.name]! }) }),
  )
  for (const [setting, options] of Object.entries(SETTINGS[scenario.name] ?? {})) {
    t.test(`${scenario.name} keeps it with ${setting}`, async (t) => testScenario(t, scenario, options))
  }
}
