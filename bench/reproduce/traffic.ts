/**
 * Signal control on CityFlow's public data sets, scripted and learned:
 *
 *     npm run reproduce:traffic -- FOLDER
 *
 * FOLDER holds the data sets hangzhou_4x4, jinan_3x4 and syn_4x4_gaussian_500_1h. Plays the scripted controllers, trains
 * the learned ones with `train`'s defaults for traffic, and lets each play the same hour. Leaves docs/results/traffic.md
 * with plots beside it.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import {
  loadPolicy,
  measure,
  planScenario,
  resolveTraining,
  type ScenarioConfig,
  train,
} from '../../runtime/launch/index.ts'
import { plot } from '../plot.ts'

const FOLDER = 'docs/results'
const RUNS = 'runs/traffic'
const STEPS = 3600
const SEEDS = [1, 2, 3]
const data = process.argv[2]
if (data === undefined) {
  console.error('usage: npm run reproduce:traffic -- FOLDER, which holds hangzhou_4x4 and jinan_3x4')
  process.exit(2)
}

/** A flow on a network, and what was published for it: average travel time on entering lanes, s. */
interface Hour {
  readonly name: string
  readonly config: string
  readonly published: Readonly<Record<string, string>>
}

const ADVANCED = 'Advanced-XLight code base, re-run in an open repository'
const HANGZHOU: Hour = {
  name: 'Hangzhou 4 × 4',
  config: 'hangzhou_4x4/config.json',
  published: {
    'fixed-time': '497.87',
    'max-pressure': '289.55',
    CoLight: '298.28',
    'Advanced-CoLight': '272.34',
  },
}
const JINAN: Hour = {
  name: 'Jinan 3 × 4',
  config: 'jinan_3x4/config.json',
  published: {
    'fixed-time': '429.27',
    'max-pressure': '274.99',
    CoLight: '269.28',
    'Advanced-CoLight': '251.75',
  },
}

/** Learned controllers, by the flags that differ from the defaults. */
const LEARNED: readonly (readonly [name: string, flags: Readonly<Record<string, unknown>>])[] = [
  ['iql', {}],
  ['iql, state and reward of PressLight', { features: ['pressure', 'phase'], reward: 'pressure' }],
  ['idqn', { algorithm: 'idqn' }],
  ['colight', { algorithm: 'colight', neighbours: 4 }],
]
