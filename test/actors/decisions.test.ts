import t from 'tap'
import { openPool } from '../../actors/pool.ts'
import { stateHash } from '../../actors/state-hash.ts'
import { NO_ACTION } from '../../runtime/core/experience.ts'
import {
  copySlab,
  type HostOptions,
  hashSlab,
  type InlineHost,
  LIMIT_BYTES,
  openInlineHost,
  planTestHost,
  type RecordedSegment,
  taskOf,
} from '../fixtures/hosts.ts'
import { scenario as signals } from '../fixtures/signals-scenario.ts'

const SIGNALS = new URL('../fixtures/signals-scenario.js', import.meta.url).href
const RANDOM = { kind: 'random' } as const
const STEADY = { kind: 'scripted', name: 'steady' } as const
/** The policy `steady` decides the same in so many steps. */
const DECISION_STEPS = 3

function hostOptions(options: Record<string, unknown>, sampleAgents = 4096): HostOptions {
  return {
    scenario: signals,
    policies: [STEADY, RANDOM],
    sampleAgents,
    segmentSteps: 30,
    options: { restless: true, maxSteps: 20, ...options },
  }
}

function openHost(options: Record<string, unknown>, sampleAgents?: number): InlineHost {
  return openInlineHost(hostOptions(options, sampleAgents))
}

/** Who decides in a row, and at which step of the world. */
function seenIn(
  { observation, recordBytes }: RecordedSegment,
  row: number,
): readonly [id: number, step: number] {
  const view = new DataView(observation.buffer, observation.byteOffset + row * recordBytes)
  return [view.getFloat32(0, true), view.getFloat32(4, true)]
}

/** Rows by who decides in them, and at which step. */
function rowsOf(segment: RecordedSegment): Map<string, number> {
  return new Map(Array.from({ length: segment.rows }, (_, row) => [seenIn(segment, row).join(' '), row]))
}

/** A row as it has to be, from a segment in which the same was decided anew in every step. */
function joinedRow(every: RecordedSegment, first: number) {
  let reward = 0
  let row = first
  for (let step = 0; step < DECISION_STEPS && row >= 0 && row < every.transitions; step++) {
    reward = Math.fround(reward + every.reward[row]!)
    row = every.next[row]!
  }
  return [every.action[first], reward, row < 0 ? 'terminated' : seenIn(every, row).join(' ')]
}

function decidedRow(segment: RecordedSegment, row: number) {
  const next = segment.next[row]!
  return [segment.action[row], segment.reward[row], next < 0 ? 'terminated' : seenIn(segment, next).join(' ')]
}

t.test('a decision is recorded with the rewards of its steps, and with where they end', async (t) => {
  const ends = { 'runs into the limit': {}, 'is over': { taskSteps: 17 } }
  for (const [how, options] of Object.entries(ends)) {
    for (const sampleAgents of [4096, 5]) {
      const [every, some] = [1, DECISION_STEPS].map((decisionSteps) => {
        const host = openHost({ decisionSteps, ...options }, sampleAgents)
        // The second segment ends with the episode, within a decision.
        return [9, 30].map((steps) => {
          host.run({ steps, recordGroup: 0 })
          return host.take()
        })
      })
      for (const [i, segment] of some!.entries()) {
        const twin = every![i]!
        const rows = rowsOf(twin)
        const acting = Array.from({ length: segment.transitions }, (_, row) => row)
        t.same(
          acting.map((row) => decidedRow(segment, row)),
          acting.map((row) => joinedRow(twin, rows.get(seenIn(segment, row).join(' '))!)),
          `the episode ${how}, ${sampleAgents} are recorded`,
        )
        t.equal(segment.decisions, [3, how === 'is over' ? 3 : 4][i])
        t.ok(segment.action.subarray(segment.transitions).every((action) => action === NO_ACTION))
        t.ok(segment.next.includes(-1))
      }
    }
  }
})

t.test('agents decide at every so many steps of the world, wherever segments end', async (t) => {
  const whole = openHost({ decisionSteps: DECISION_STEPS })
  const hashes: string[] = []
  for (let steps = 0; steps < 40; steps += 20) {
    t.match(whole.run({ steps: 20, assignment: [1] }), { steps: 20, episode: { steps: 20 } })
    hashes.push(stateHash(whole.worlds))
  }
  for (const length of [1, 2, 4, 7]) {
    const cut = openHost({ decisionSteps: DECISION_STEPS })
    for (const hash of hashes) {
      for (let done = 0; done < 20; ) {
        done += cut.run({ steps: Math.min(length, 20 - done), assignment: [1] }).steps
      }
      t.equal(stateHash(cut.worlds), hash, `${length} steps a segment`)
    }
  }
})

t.test('actions stand from one decision to the next', async (t) => {
  const host = openHost({ decisionSteps: DECISION_STEPS, restless: false })
  const [world] = host.worlds
  const actions = Array.from({ length: 7 }, () => {
    host.run({ steps: 1, assignment: [1] })
    return world!.agents.action.join()
  })
  t.same(
    actions.map((action, step) => actions.indexOf(action) === step),
    [true, false, false, true, false, false, true],
  )
})

t.test('decisions are the same on any number of threads, and so is what is recorded of them', async (t) => {
  const seen: string[][] = []
  for (const shards of [1, 3]) {
    for (const sampleAgents of [4096, 5]) {
      const options = { ...hostOptions({ decisionSteps: DECISION_STEPS }, sampleAgents), shards }
      const pool = openPool(planTestHost(options), SIGNALS, shards, LIMIT_BYTES)
      t.teardown(() => pool.close())
      const { slab, ...unrecorded } = await pool.run(taskOf(pool.plan, { steps: 20, recordGroup: 0 }))
      const recorded = hashSlab(copySlab(pool.plan, slab!.views))
      await pool.run(taskOf(pool.plan, { steps: 5, assignment: [1] }))
      seen.push([recorded, String(unrecorded.agentSteps), stateHash([pool.world(0)])])
    }
  }
  t.same(seen.slice(2), seen.slice(0, 2))
  t.equal(seen[0]![2], seen[1]![2])
})
