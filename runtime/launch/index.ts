/**
 * The library: what the command line does, as functions. A minimal training:
 *
 *     import { resolveTraining, train } from 'manyfold'
 *     const config = await resolveTraining('battle', [{ source: 'file', name: 'mine', values: { steps: 20_000 } }])
 *     const summary = await train(config, 'runs/mine', new AbortController().signal, silent)
 */
export { driveOn } from '../../actors/drive.ts'
export { algorithms } from '../../learners/registry.ts'
export {
  AGENT_TYPE,
  type AgentType,
  and,
  anyOf,
  at,
  attack,
  collide,
  die,
  type GridWorldConfig,
  type GroupConfig,
  inside,
  kill,
  not,
  or,
  type RewardRule,
} from '../../scenarios/gridworld/config.ts'
export { defineGridScenario, type GridScenario } from '../../scenarios/gridworld/define.ts'
export { type DenseObservations, observeDense, withDense } from '../../scenarios/gridworld/dense.ts'
export {
  mapSizeOption,
  maxStepsOption,
  minimapOption,
  orderFor,
  rulesOption,
} from '../../scenarios/gridworld/options.ts'
export type { GridWorld } from '../../scenarios/gridworld/world.ts'
export { loadScenario, loadScenarios, scenarioNames } from '../../scenarios/registry.ts'
export type { Layer } from '../core/config.ts'
export type { Algorithm, Learner, LearnerSetup, LearningTask, Losses } from '../core/learner.ts'
export type { Column, Columns, Views } from '../core/memory/layout.ts'
export { describeObservation, NO_INPUT, type ObservationSpace } from '../core/observation.ts'
export { Random, Stream } from '../core/rng.ts'
export {
  Clock,
  defineScenario,
  type Phase,
  type Scenario,
  type ScriptedPolicy,
  type World,
  type WorldMemory,
  type WorldSpec,
} from '../core/scenario.ts'
export { planWorld, type WorldPlan } from '../core/world.ts'
export {
  planScenario,
  resolveCommand,
  resolveTraining,
  type ScenarioConfig,
  type TrainConfig,
} from './config.ts'
export { type JoinOptions, type JoinSummary, join } from './join.ts'
export { type MatchOptions, type MatchResult, playMatch, type SideResult } from './match.ts'
export { type Measurement, type MeasureOptions, measure } from './measure.ts'
export { loadPolicy, type NamedPolicy, RANDOM_POLICY } from './policies.ts'
export { type ReportOptions, type ReportSummary, writeReport } from './report/report.ts'
export { measureReturn, type ReturnOptions, type ReturnResult } from './returns.ts'
export { resolveSweep, type SweepConfig } from './sweep/config.ts'
export { runSweep, type SweepObserver } from './sweep/run.ts'
export type { SweepSummary } from './sweep/summary.ts'
export { type Participant, resolveTournament, type TournamentConfig } from './tournament/config.ts'
export { playTournament, type TournamentObserver, type TournamentSummary } from './tournament/play.ts'
export type { PairResult, Standing } from './tournament/standings.ts'
export * from './traffic.ts'
export { type TrainObserver, type TrainSummary, train } from './train.ts'
export { VERSION } from './version.ts'
