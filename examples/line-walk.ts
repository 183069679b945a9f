/** Agents on a line walk to its middle: a whole scenario in one file. See docs/adding-a-scenario.md. */
import { defineScenario, describeObservation, Stream, z } from 'manyfold/scenario'

const options = z.strictObject({
  agents: z.number().int().min(1).max(1_000_000).default(64).describe('agents on the line'),
  reach: z.number().int().min(1).max(1000).default(8).describe('cells on either side of the middle'),
})

/** What an agent sees: how far it stands from the middle, in [-1, 1]. */
const observation = describeObservation({ scalars: ['offset'] })

export const scenario = defineScenario({
  name: 'line-walk',
  summary: 'agents on a line walk to its middle',
  options,
  scripted: ['homing'],

  describe: ({ agents, reach }) => ({
    columns: { offset: { dtype: 'i32', shape: [agents] } },
    groups: [{ name: 'walkers', capacity: agents, actions: 3, observation }],
    maxSteps: 2 * reach,
  }),

  bind({ agents: count, reach }, { state: { offset }, agents, random, heap }) {
    const { id, living, action, reward, next } = agents
    const arrived = () => offset.reduce((sum, cell) => sum + (cell === 0 ? 1 : 0), 0)
    return {
      reset() {
        living[0] = count
        for (let agent = 0; agent < count; agent++) {
          id[agent] = agent
          offset[agent] = random.below(2 * reach + 1, Stream.scenario, 0, agent) - reach
        }
      },

      observe(_group, from, to, at) {
        for (let agent = from; agent < to; agent++) {
          const record = at + (agent - from) * observation.recordBytes
          heap.f32[record / 4] = offset[agent]! / reach
        }
      },

      phases: [
        {
          name: 'walk',
          kind: 'range',
          size: () => count,
          run(from, to) {
            for (let agent = from; agent < to; agent++) {
              const before = offset[agent]!
              const after = Math.max(-reach, Math.min(reach, before + action[agent]! - 1))
              offset[agent] = after
              reward[agent] = Math.abs(before) - Math.abs(after)
              next[agent] = agent
            }
          },
        },
      ],

      ended: () => arrived() === count,
      score: arrived,
      metrics: () => ({ arrived: arrived() / count }),

      policies: {
        homing(_group, from, to) {
          for (let agent = from; agent < to; agent++) action[agent] = 1 - Math.sign(offset[agent]!)
        },
      },
    }
  },
})
