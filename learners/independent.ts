import { NO_ACTION, type Segment } from '../runtime/core/experience.ts'
import type { Learner, LearnerSetup, Losses } from '../runtime/core/learner.ts'
import { agentPrefix } from '../runtime/core/parameters.ts'
import { Random, Stream, seedKey } from '../runtime/core/rng.ts'
import { type NamedTensors, withoutPrefix, withPrefix } from '../runtime/core/tensors.ts'

/**
 * A learner for each agent of a group, behind one: an agent's own learner gets its experience alone, and its tensors bear
 * the agent's number. Updates are counted and owed together; the next one is that of the agent which had
 * fewest of those to which one is owed, so that whose it is hangs on the state alone.
 */
export class IndependentLearners implements Learner {
  readonly #learners: readonly Learner[]
  readonly #recordBytes: number
  readonly #shared: number

  /** @param create makes the learner of one agent */
  constructor(setup: LearnerSetup, create: (setup: LearnerSetup) => Learner) {
    this.#recordBytes = setup.space.recordBytes
    this.#shared = setup.space.shared
    this.#learners = Array.from({ length: setup.agents }, (_, agent) =>
      create({ ...setup, agents: 1, seed: agentSeed(setup.seed, agent) }),
    )
  }

  get updates(): number {
    return this.#sum((learner) => learner.updates)
  }

  get stored(): number {
    return this.#sum((learner) => learner.stored)
  }

  ingest(segment: Segment): void {
    const rows: number[][] = this.#learners.map(() => [])
    for (const [row, agent] of segment.agent.entries()) rows[agent]!.push(row)
    for (const [agent, learner] of this.#learners.entries()) {
      const own = this.#ownPart(segment, rows[agent]!)
      if (own.transitions > 0) learner.ingest(own)
    }
  }

  due(): number {
    return this.#sum((learner) => learner.due())
  }

  async update(progress: number): Promise<Losses> {
    const owed = this.#learners.filter((learner) => learner.due() > 0)
    const candidates = owed.length > 0 ? owed : this.#learners
    const next = candidates.reduce((least, learner) => (learner.updates < least.updates ? learner : least))
    return next.update(progress)
  }

  weights(): Promise<NamedTensors> {
    return this.#gather((learner) => learner.weights())
  }

  save(withReplay: boolean): Promise<NamedTensors> {
    return this.#gather((learner) => learner.save(withReplay))
  }

  load(saved: NamedTensors): void {
    for (const [agent, learner] of this.#learners.entries()) {
      learner.load(withoutPrefix(agentPrefix(agent), saved))
    }
  }

  dispose(): void {
    for (const learner of this.#learners) learner.dispose()
  }

  #sum(count: (learner: Learner) => number): number {
    return this.#learners.reduce((sum, learner) => sum + count(learner), 0)
  }

  async #gather(tensorsOf: (learner: Learner) => Promise<NamedTensors>): Promise<NamedTensors> {
    const parts = await Promise.all(
      this.#learners.map(async (learner, agent) => withPrefix(agentPrefix(agent), await tensorsOf(learner))),
    )
    return Object.assign({}, ...parts) as NamedTensors
  }

  /** The rows of one agent, which are its decisions: they are counted anew. */
  #ownPart(segment: Segment, own: readonly number[]): Segment {
    const recordBytes = this.#recordBytes
    const width = this.#shared
    const placeOf = new Map(own.map((row, place) => [row, place]))
    const observation = new Uint8Array(own.length * recordBytes)
    for (const [i, row] of own.entries()) {
      const record = segment.observation.subarray(row * recordBytes, (row + 1) * recordBytes)
      observation.set(record, i * recordBytes)
    }
    const action = Uint16Array.from(own, (row) => segment.action[row]!)
    const transitions = action.reduce((count, each) => count + Number(each !== NO_ACTION), 0)
    const shared = new Float32Array((transitions + 1) * width)
    for (const [i, row] of own.entries()) {
      const from = segment.time[row]! * width
      shared.set(segment.shared.subarray(from, from + width), i * width)
    }
    return {
      ...segment,
      rows: own.length,
      transitions,
      decisions: transitions,
      observation,
      action,
      reward: Float32Array.from(own, (row) => segment.reward[row]!),
      logProbability: Float32Array.from(
        segment.logProbability.length > 0 ? own : [],
        (row) => segment.logProbability[row]!,
      ),
      agent: new Uint16Array(),
      next: Int32Array.from(own, (row) => placeOf.get(segment.next[row]!) ?? -1),
      time: Uint16Array.from(own.keys()),
      shared,
    }
  }
}

/** Agents start from weights of their own and sample differently. */
function agentSeed(seed: number, agent: number): number {
  const random = new Random(seedKey(seed))
  random.draw(Stream.learner, 0, agent)
  const [low, high] = random.words
  return low! + 2 ** 32 * (high! >>> 11)
}
