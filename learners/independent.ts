import { RuntimeError } from '../runtime/core/errors.ts'
import type { Segment } from '../runtime/core/experience.ts'
import type { Learner, LearnerSetup, Losses } from '../runtime/core/learner.ts'
import { agentPrefix } from '../runtime/core/parameters.ts'
import { Random, Stream, seedKey } from '../runtime/core/rng.ts'
import { type NamedTensors, withoutPrefix, withPrefix } from '../runtime/core/tensors.ts'

/**
 * A learner for each agent of a permanent group, behind one: an agent's own learner gets its experience alone, and its
 * tensors bear the agent's number. Updates are counted and owed together; the next one is that of the agent which had
 * fewest of those to which one is owed, so that whose it is hangs on the state alone.
 */
export class IndependentLearners implements Learner {
  readonly #learners: readonly Learner[]
  readonly #recordBytes: number

  /** @param create makes the learner of one agent */
  constructor(setup: LearnerSetup, create: (setup: LearnerSetup) => Learner) {
    this.#recordBytes = setup.space.recordBytes
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

  /** @throws ERR_SCENARIO_INVALID for experience of a group whose agents come, go or change places */
  ingest(segment: Segment): void {
    this.#refuseUnsteady(segment)
    for (const [agent, learner] of this.#learners.entries()) learner.ingest(this.#ownPart(segment, agent))
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

  /** Every decision has to have a row for every agent, and that of the next one as many rows behind it. */
  #refuseUnsteady({ rows, transitions, decisions, next }: Segment): void {
    const agents = this.#learners.length
    const isWhole =
      transitions === agents * decisions && (rows === transitions || rows === transitions + agents)
    const isSteady = isWhole && next.every((to, row) => to < 0 || to === row + agents)
    if (isSteady) return
    throw new RuntimeError(
      'ERR_SCENARIO_INVALID',
      `a learner for each of ${agents} agents: expected experience of agents that all stay, each in its place, got ` +
        `${transitions} transitions in ${decisions} decisions${isWhole ? ' of agents that left or moved' : ''}; ` +
        'take the word `permanent` from the group, and an algorithm that shares a network',
      { details: { agents, rows, transitions, decisions } },
    )
  }

  /** The rows of one agent: of every decision the one at its place. */
  #ownPart(segment: Segment, agent: number): Segment {
    const agents = this.#learners.length
    const recordBytes = this.#recordBytes
    const rows = segment.rows / agents
    const rowOf = (_: unknown, decision: number) => decision * agents + agent
    const own = Uint32Array.from({ length: rows }, rowOf)
    const observation = new Uint8Array(rows * recordBytes)
    for (const [i, row] of own.entries()) {
      const record = segment.observation.subarray(row * recordBytes, (row + 1) * recordBytes)
      observation.set(record, i * recordBytes)
    }
    return {
      ...segment,
      rows,
      transitions: segment.decisions,
      observation,
      action: Uint16Array.from(own, (row) => segment.action[row]!),
      reward: Float32Array.from(own, (row) => segment.reward[row]!),
      logProbability: segment.logProbability.filter((_, row) => row % agents === agent),
      next: Int32Array.from(own, (row, i) => (segment.next[row]! < 0 ? -1 : i + 1)),
      time: Uint16Array.from(own, (row) => segment.time[row]!),
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
