import { RuntimeError } from '../../runtime/core/errors.ts'
import { NO_ACTION, type Segment } from '../../runtime/core/experience.ts'
import type { ObservationSpace } from '../../runtime/core/observation.ts'
import { type Random, Stream, toUniform } from '../../runtime/core/rng.ts'
import type { NamedTensor, NamedTensors } from '../../runtime/core/tensors.ts'
import { SumTree } from './sum-tree.ts'

const UNIFORM: ReplayOptions = { priorityExponent: 0 }
/** ε: what an error counts at the least. */
const LEAST_ERROR = 1e-3
/** Steps kept for every so many rows, at least: the shared inputs of a step serve all its rows. */
const ROWS_PER_STEP = 16

/** How transitions are drawn and kept. */
export interface ReplayOptions {
  /** α: a transition is drawn in proportion to the α-th power of its last error; 0 is uniform. */
  readonly priorityExponent: number
  /** Segments say whose a row is. */
  readonly isNumbered?: boolean
  /** Most rows of a step; left out, a large group's. */
  readonly agents?: number
}

/** Positions of a sampled minibatch. */
export interface Sample {
  /** [B] number of each row, by which it is told its error: older ones may be overwritten until then. */
  readonly number: Float64Array
  /** [B] how much more likely the transition was drawn than uniformly; 1 where all are as likely. */
  readonly ratio: Float32Array
  /** [B] row of the transition. */
  readonly row: Uint32Array
  /** [B] row of the agent's next observation, or of anything when terminated. */
  readonly nextRow: Uint32Array
  /** [B] 0 when the transition terminated, else 1. */
  readonly continues: Float32Array
}

/** Positions of sampled decisions, each with all agents of the group that were alive; B rows, and B' behind them. */
export interface JointSample extends Omit<Sample, 'nextRow'> {
  /** [B] number of each row's decision, in the order of the rows. */
  readonly group: Uint32Array
  /** [B'] rows of the decisions that follow, and the numbers of these. */
  readonly nextRow: Uint32Array
  readonly nextGroup: Uint32Array
  /** [B] place of the agent's next observation among those, or 0 when terminated. */
  readonly next: Int32Array
}

/**
 * Experience replay over packed observations: a ring of rows, and a ring of the shared inputs of
 * their steps. An observation is stored once; a transition's next observation is a later row.
 *
 * Sampling is uniform over the transitions held, or prioritised: in proportion to (|δ| + ε)^α, δ being a transition's last error, and
 * that of new ones as large as the largest so far (Schaul et al. 2016). The oldest decisions are overwritten first, each with all of its rows; they are
 * also given up when the shared inputs of their step have been overwritten.
 */
export class Replay {
  readonly observation: Uint8Array
  readonly action: Uint16Array
  readonly reward: Float32Array
  /** [steps, shared] */
  readonly shared: Float32Array
  /** [rows] number of the agent in its group; [0] where one network serves all. */
  readonly agent: Uint16Array
  /** [rows] row of the ring of shared inputs. */
  readonly step: Uint32Array
  /** [rows] distance to the row of the next observation, 0 when terminated. */
  readonly #forward: Uint32Array
  readonly #rows: number
  readonly #steps: number
  readonly #space: ObservationSpace
  /** Rows and steps ever inserted, rows and steps no longer held, transitions held. */
  #rowHead = 0
  #stepHead = 0
  #rowTail = 0
  #stored = 0
  /** Powers of the errors, by row, where sampling is prioritised; and the largest so far. */
  readonly #priorities: SumTree | undefined
  readonly #exponent: number
  #highest = 1

  /** @param rows capacity; every agent in every step is one row */
  constructor(
    rows: number,
    space: ObservationSpace,
    { priorityExponent, isNumbered = false, agents = ROWS_PER_STEP }: ReplayOptions = UNIFORM,
  ) {
    this.#exponent = priorityExponent
    this.#priorities = priorityExponent === 0 ? undefined : new SumTree(rows)
    this.#rows = rows
    this.#steps = Math.max(1024, Math.ceil(rows / Math.min(agents, ROWS_PER_STEP)))
    this.#space = space
    this.observation = new Uint8Array(rows * space.recordBytes)
    this.action = new Uint16Array(rows)
    this.reward = new Float32Array(rows)
    this.agent = new Uint16Array(isNumbered ? rows : 0)
    this.shared = new Float32Array(this.#steps * space.shared)
    this.step = new Uint32Array(rows)
    this.#forward = new Uint32Array(rows)
  }

  /** Transitions held. */
  get stored(): number {
    return this.#stored
  }

  /** @throws ERR_CONFIG_INVALID when the segment alone is larger than the whole replay */
  insert(segment: Segment): void {
    if (segment.rows > this.#rows || segment.decisions + 1 > this.#steps) {
      throw new RuntimeError(
        'ERR_CONFIG_INVALID',
        `replayCapacity: expected room for one segment of ${segment.rows} rows, got ${this.#rows}; ` +
          'raise --replay-capacity or lower --segment-steps',
        { details: { rows: segment.rows, capacity: this.#rows } },
      )
    }
    this.#evict(
      this.#rowHead + segment.rows - this.#rows,
      this.#stepHead + segment.decisions + 1 - this.#steps,
    )
    const { recordBytes, shared } = this.#space
    for (let step = 0; step <= segment.decisions; step++) {
      const at = ((this.#stepHead + step) % this.#steps) * shared
      for (let i = 0; i < shared; i++) this.shared[at + i] = segment.shared[step * shared + i]!
    }
    for (let row = 0; row < segment.rows; row++) {
      const at = (this.#rowHead + row) % this.#rows
      const record = row * recordBytes
      this.observation.set(segment.observation.subarray(record, record + recordBytes), at * recordBytes)
      this.action[at] = segment.action[row]!
      this.reward[at] = segment.reward[row]!
      if (this.agent.length > 0) this.agent[at] = segment.agent[row]!
      this.#forward[at] = segment.next[row]! < 0 ? 0 : segment.next[row]! - row
      this.step[at] = (this.#stepHead + segment.time[row]!) % this.#steps
      this.#priorities?.set(at, segment.action[row] === NO_ACTION ? 0 : this.#highest)
    }
    this.#rowHead += segment.rows
    this.#stepHead += segment.decisions + 1
    this.#stored += segment.transitions
  }

  /** Gives up rows below number `rows`, and those whose step is below number `steps`. */
  #evict(rows: number, steps: number): void {
    let given = -1
    while (this.#rowTail < this.#rowHead) {
      const at = this.#rowTail % this.#rows
      // Steps are inserted in the rows' order, so a step's age follows from the distance to the head.
      const age = (this.#stepHead - 1 - this.step[at]!) % this.#steps
      const step = this.#stepHead - 1 - (age < 0 ? age + this.#steps : age)
      if (this.#rowTail >= rows && step >= steps && step !== given) return
      if (this.action[at] !== NO_ACTION) this.#stored--
      this.#priorities?.set(at, 0)
      this.#rowTail++
      given = step
    }
  }

  /** A minibatch for update number `update`, the same for the same content. Needs `stored` > 0. */
  sample(batchSize: number, update: number, random: Random): Sample {
    const number = new Float64Array(batchSize)
    const ratio = new Float32Array(batchSize)
    const row = new Uint32Array(batchSize)
    const nextRow = new Uint32Array(batchSize)
    const continues = new Float32Array(batchSize)
    for (let i = 0; i < batchSize; i++) {
      number[i] = this.#draw(update, i, random)
      const at = number[i]! % this.#rows
      ratio[i] = this.#ratioOf(at)
      const forward = this.#forward[at]!
      row[i] = at
      nextRow[i] = (at + forward) % this.#rows
      continues[i] = forward === 0 ? 0 : 1
    }
    return { number, ratio, row, nextRow, continues }
  }

  /** How much more likely a row is drawn than uniformly. */
  #ratioOf(at: number): number {
    const tree = this.#priorities
    return tree ? (tree.weightOf(at) * this.#stored) / tree.total : 1
  }

  /** Tells the errors of what was sampled. Rows that have been overwritten since are left alone. */
  report(number: Float64Array, error: Float32Array): void {
    for (const [i, own] of number.entries()) {
      if (own < this.#rowTail) continue
      const priority = (Math.abs(error[i]!) + LEAST_ERROR) ** this.#exponent
      this.#priorities?.set(own % this.#rows, priority)
      this.#highest = Math.max(this.#highest, priority)
    }
  }

  /** Number of a transition's row, by priority or any as likely as any other. */
  #draw(update: number, i: number, random: Random): number {
    for (let attempt = 0; ; attempt++) {
      const row = this.#drawRow(update, i, attempt, random)
      if (this.action[row % this.#rows] !== NO_ACTION) return row
    }
  }

  /** Number of a row that is held; by priority, it has an action. */
  #drawRow(update: number, i: number, attempt: number, random: Random): number {
    random.draw(Stream.replay, update, i, attempt)
    const u = toUniform(random.words[0]!)
    const tree = this.#priorities
    if (!tree) return this.#rowTail + Math.floor(u * (this.#rowHead - this.#rowTail))
    const behind = tree.find(u * tree.total) - (this.#rowTail % this.#rows)
    return this.#rowTail + ((behind + this.#rows) % this.#rows)
  }

  /**
   * Whole decisions with `least` transitions or a few more between them, for update number `update`. Any decision is as likely as any
   * other, or in proportion to the mean priority of its transitions. Needs `stored` > 0.
   */
  sampleDecisions(least: number, update: number, random: Random): JointSample {
    const [row, group, nextRow, nextGroup, next]: number[][] = [[], [], [], [], []]
    const [numbers, ratio, continues]: number[][] = [[], [], []]
    for (let i = 0; row!.length < least; i++) {
      const [from, to] = this.#drawDecision(update, i, random)
      const behind = nextRow!.length
      let isLast = true
      const likely = this.#meanRatio(from, to)
      for (let number = from; number < to; number++) {
        const forward = this.#forward[number % this.#rows]!
        numbers!.push(number)
        ratio!.push(likely)
        row!.push(number % this.#rows)
        group!.push(i)
        continues!.push(Number(forward > 0))
        // What follows a decision begins right behind it.
        next!.push(forward > 0 ? behind + number + forward - to : 0)
        if (forward > 0) isLast = false
      }
      if (isLast && behind > 0) continue
      // Where nobody went on, there is something to point to all the same.
      const [nextFrom, nextTo] = isLast ? [from, to] : this.#decisionAround(to)
      for (let number = nextFrom; number < nextTo; number++) {
        nextRow!.push(number % this.#rows)
        nextGroup!.push(i)
      }
    }
    return {
      number: Float64Array.from(numbers!),
      ratio: Float32Array.from(ratio!),
      row: Uint32Array.from(row!),
      group: Uint32Array.from(group!),
      continues: Float32Array.from(continues!),
      nextRow: Uint32Array.from(nextRow!),
      nextGroup: Uint32Array.from(nextGroup!),
      next: Int32Array.from(next!),
    }
  }

  /** How much more likely a decision is drawn than uniformly. */
  #meanRatio(from: number, to: number): number {
    let sum = 0
    for (let number = from; number < to; number++) sum += this.#ratioOf(number % this.#rows)
    return sum / (to - from)
  }

  /** One of n transitions is drawn n times as often as its decision should be: one in n of these draws counts. */
  #drawDecision(update: number, i: number, random: Random): readonly [from: number, to: number] {
    for (let attempt = 0; ; attempt++) {
      const row = this.#drawRow(update, i, attempt, random)
      if (this.action[row % this.#rows] === NO_ACTION) continue
      const [from, to] = this.#decisionAround(row)
      if (toUniform(random.words[1]!) * (to - from) < 1) return [from, to]
    }
  }

  /** Numbers of the rows, first and behind the last, of the decision that a row belongs to. */
  #decisionAround(number: number): readonly [from: number, to: number] {
    const step = this.step[number % this.#rows]
    let [from, to] = [number, number + 1]
    while (from > this.#rowTail && this.step[(from - 1) % this.#rows] === step) from--
    while (to < this.#rowHead && this.step[to % this.#rows] === step) to++
    return [from, to]
  }

  /** The content as named tensors, in place: write them out before the next `insert`. */
  save(): NamedTensors {
    const heads = Float64Array.of(this.#rowHead, this.#stepHead, this.#rowTail, this.#stored, this.#highest)
    const tree = this.#priorities
    const priority = tree && Float64Array.from({ length: this.#rows }, (_, row) => tree.weightOf(row))
    return {
      ...this.#columns(),
      ...(priority && { priority: { dtype: 'f64', shape: [this.#rows], data: priority } }),
      heads: { dtype: 'f64', shape: [5], data: heads },
    }
  }

  /** @throws ERR_CHECKPOINT_MISMATCH when it was saved with another capacity or observation */
  load(saved: NamedTensors): void {
    for (const [name, column] of Object.entries(this.save())) {
      const got = saved[name]
      if (got?.dtype !== column.dtype || got.data.length !== column.data.length) {
        throw new RuntimeError(
          'ERR_CHECKPOINT_MISMATCH',
          `replay ${name}: expected ${column.dtype} [${column.shape.join(', ')}], got ${got ? `${got.dtype} [${got.shape.join(', ')}]` : 'nothing'}; ` +
            'resume with the options that the checkpoint was made with',
        )
      }
    }
    for (const [name, column] of Object.entries(this.#columns())) column.data.set(saved[name]!.data)
    const heads = saved['heads']!.data
    this.#rowHead = heads[0]!
    this.#stepHead = heads[1]!
    this.#rowTail = heads[2]!
    this.#stored = heads[3]!
    this.#highest = heads[4]!
    const priority = saved['priority']?.data
    for (let row = 0; priority && row < this.#rows; row++) this.#priorities?.set(row, priority[row]!)
  }

  #columns(): Record<string, NamedTensor> {
    const { recordBytes, shared } = this.#space
    return {
      observation: { dtype: 'u8', shape: [this.#rows, recordBytes], data: this.observation },
      action: { dtype: 'u16', shape: [this.#rows], data: this.action },
      reward: { dtype: 'f32', shape: [this.#rows], data: this.reward },
      shared: { dtype: 'f32', shape: [this.#steps, shared], data: this.shared },
      ...(this.agent.length > 0 && {
        agent: { dtype: 'u16' as const, shape: [this.#rows], data: this.agent },
      }),
      step: { dtype: 'u32', shape: [this.#rows], data: this.step },
      forward: { dtype: 'u32', shape: [this.#rows], data: this.#forward },
    }
  }
}
