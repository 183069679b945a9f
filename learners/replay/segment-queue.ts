import { RuntimeError } from '../../runtime/core/errors.ts'
import type { Segment } from '../../runtime/core/experience.ts'
import type { ObservationSpace } from '../../runtime/core/observation.ts'
import type { NamedTensor, NamedTensors } from '../../runtime/core/tensors.ts'

/** Experience of several segments, one behind the other; R rows. */
export interface Experience {
  /** [R, recordBytes] packed observations. */
  readonly observation: Uint8Array
  /** [R] `NO_ACTION` in bootstrap rows. */
  readonly action: Uint16Array
  readonly reward: Float32Array
  readonly logProbability: Float32Array
  /** [R] number of the agent in its group; [0] where one network serves all. */
  readonly agent: Uint16Array
  /** [R] row of the same agent's next decision, or −1 when it terminated. */
  readonly next: Int32Array
  /** [R] row of `shared`. */
  readonly step: Uint32Array
  /** [steps, shared] */
  readonly shared: Float32Array
}

/** Segments that wait to be learned from, the oldest first. Each is taken once, and whole. */
export class SegmentQueue {
  readonly #space: ObservationSpace
  readonly #isNumbered: boolean
  #segments: Segment[] = []
  /** Transitions that wait. */
  transitions = 0

  /** @param isNumbered segments say whose a row is */
  constructor(space: ObservationSpace, isNumbered = false) {
    this.#space = space
    this.#isNumbered = isNumbered
  }

  push(segment: Segment): void {
    this.#segments.push(segment)
    this.transitions += segment.transitions
  }

  /** How often `take` would find so many transitions. */
  takes(transitions: number): number {
    let [count, taken] = [0, 0]
    for (const segment of this.#segments) {
      taken += segment.transitions
      if (taken < transitions) continue
      count++
      taken = 0
    }
    return count
  }

  /** The oldest segments that have `transitions` between them, or all. */
  take(transitions: number): Experience {
    let count = 0
    let taken = 0
    while (taken < transitions && count < this.#segments.length) taken += this.#segments[count++]!.transitions
    this.transitions -= taken
    return this.#join(this.#segments.splice(0, count))
  }

  #join(segments: readonly Segment[]): Experience {
    const { shared } = this.#space
    const rows = segments.reduce((sum, segment) => sum + segment.rows, 0)
    const steps = segments.reduce((sum, { decisions }) => sum + decisions + 1, 0)
    const bytes = segments.reduce((sum, { observation }) => sum + observation.length, 0)
    const joined = {
      observation: new Uint8Array(bytes),
      action: new Uint16Array(rows),
      reward: new Float32Array(rows),
      logProbability: new Float32Array(rows),
      agent: new Uint16Array(this.#isNumbered ? rows : 0),
      next: new Int32Array(rows),
      step: new Uint32Array(rows),
      shared: new Float32Array(steps * shared),
    }
    let [row, step, byte] = [0, 0, 0]
    for (const segment of segments) {
      joined.observation.set(segment.observation, byte)
      joined.action.set(segment.action, row)
      joined.reward.set(segment.reward, row)
      joined.logProbability.set(segment.logProbability, row)
      if (this.#isNumbered) joined.agent.set(segment.agent, row)
      joined.shared.set(segment.shared, step * shared)
      for (let i = 0; i < segment.rows; i++) {
        joined.next[row + i] = segment.next[i]! < 0 ? -1 : row + segment.next[i]!
        joined.step[row + i] = step + segment.time[i]!
      }
      row += segment.rows
      step += segment.decisions + 1
      byte += segment.observation.length
    }
    return joined
  }

  save(): NamedTensors {
    const { observation, action, reward, logProbability, agent, next, step, shared } = this.#join(
      this.#segments,
    )
    const rows = action.length
    const counts = this.#segments.flatMap((segment) => [
      segment.version,
      segment.rows,
      segment.transitions,
      segment.decisions,
    ])
    return {
      counts: { dtype: 'f64', shape: [this.#segments.length, 4], data: Float64Array.from(counts) },
      observation: { dtype: 'u8', shape: [observation.length], data: observation },
      action: { dtype: 'u16', shape: [rows], data: action },
      reward: { dtype: 'f32', shape: [rows], data: reward },
      logProbability: { dtype: 'f32', shape: [rows], data: logProbability },
      ...(this.#isNumbered && { agent: { dtype: 'u16' as const, shape: [rows], data: agent } }),
      next: { dtype: 'i32', shape: [rows], data: next },
      step: { dtype: 'u32', shape: [rows], data: step },
      shared: { dtype: 'f32', shape: [shared.length], data: shared },
    }
  }

  /** @throws ERR_CHECKPOINT_MISMATCH when it was saved with another observation, or its parts do not fit each other */
  load(saved: NamedTensors): void {
    this.#check(saved)
    const { recordBytes, shared } = this.#space
    const counts = saved['counts']!.data
    let [row, step] = [0, 0]
    this.#segments = []
    this.transitions = 0
    for (let i = 0; i < counts.length; i += 4) {
      const [version, rows, transitions, decisions] = counts.slice(i, i + 4) as unknown as number[]
      const end = row + rows!
      const own = (name: string) => saved[name]!.data.slice(row, end)
      this.push({
        version: version!,
        rows: rows!,
        transitions: transitions!,
        decisions: decisions!,
        observation: saved['observation']!.data.slice(row * recordBytes, end * recordBytes) as Uint8Array,
        action: own('action') as Uint16Array,
        reward: own('reward') as Float32Array,
        logProbability: own('logProbability') as Float32Array,
        agent: (this.#isNumbered ? own('agent') : new Uint16Array()) as Uint16Array,
        next: Int32Array.from(own('next'), (next) => (next < 0 ? -1 : next - row)),
        time: Uint16Array.from(own('step'), (at) => at - step),
        shared: saved['shared']!.data.slice(step * shared, (step + decisions! + 1) * shared) as Float32Array,
      })
      row = end
      step += decisions! + 1
    }
  }

  #check(saved: NamedTensors): void {
    const counts = saved['counts']?.data ?? []
    let [rows, steps] = [0, 0]
    for (let i = 0; i < counts.length; i += 4) {
      const own = Float64Array.from(counts.slice(i, i + 4))
      const [, ownRows = -1, transitions = -1, decisions = -1] = own
      if (!own.every(Number.isSafeInteger) || transitions < 0 || transitions > ownRows || decisions < 0) {
        mismatch('counts', 'version, rows, transitions and decisions of each segment', own.join(', '))
      }
      rows += ownRows
      steps += decisions + 1
    }
    const { recordBytes, shared } = this.#space
    const expected: readonly (readonly [string, NamedTensor['dtype'], number])[] = [
      ['counts', 'f64', counts.length],
      ['observation', 'u8', rows * recordBytes],
      ['action', 'u16', rows],
      ['reward', 'f32', rows],
      ['logProbability', 'f32', rows],
      ...(this.#isNumbered ? [['agent', 'u16', rows] as const] : []),
      ['next', 'i32', rows],
      ['step', 'u32', rows],
      ['shared', 'f32', steps * shared],
    ]
    for (const [name, dtype, length] of expected) {
      const got = saved[name]
      if (got?.dtype === dtype && got.data.length === length) continue
      mismatch(name, `${dtype} [${length}]`, got ? `${got.dtype} [${got.data.length}]` : 'nothing')
    }
  }
}

function mismatch(name: string, expected: string, got: string): never {
  throw new RuntimeError(
    'ERR_CHECKPOINT_MISMATCH',
    `waiting ${name}: expected ${expected}, got ${got}; resume with the options that the checkpoint was made with`,
    { details: { name, expected, got } },
  )
}
