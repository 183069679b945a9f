/** What algorithms have in common whose agents have networks of their own and pass them on to neighbours. */
import { z } from 'zod'
import { type ActingSpec, type AnyAlgorithm, defineAlgorithm } from '../../runtime/core/learner.ts'
import type { Communication } from '../networked-descent.ts'
import { actorCriticOptions, createActorCritic, ONE_PASS, softmaxTemperature } from './actor-critic.ts'
import { otherDefault } from './other-default.ts'
import { widths } from './q-learning.ts'
import { checkSegments, refuseUnevenNetworks } from './task-checks.ts'

/** Agents whose weights of each other, N², are no matter beside their networks. */
export const NETWORKED_AGENTS = 2048

export const communicationOptions = z.strictObject({
  hidden: widths
    .default([64, 64])
    .describe("widths of the hidden layers of an agent's network, multiples of 16"),
  degree: z
    .number()
    .min(0)
    .max(1000)
    .default(4)
    .describe('neighbours that an agent has on average in the random graph of each round; 0: none'),
})

/** Returns are not normalised: nobody knows the mean of all. */
const { normalizeValues: _, learningRate, ...shape } = actorCriticOptions.shape

const actorCriticNetworked = z.strictObject({
  ...communicationOptions.shape,
  ...shape,
  learningRate: otherDefault(learningRate, 2e-3),
})

export function networkedActing(
  { hidden }: Pick<z.output<typeof communicationOptions>, 'hidden'>,
  critic: NonNullable<ActingSpec['critic']>,
): ActingSpec {
  return {
    network: { kind: 'perceptron', hidden },
    selection: 'boltzmann',
    meanAction: false,
    critic,
    perAgent: true,
  }
}

/** A networked actor-critic, which goes through its experience once. */
export function defineNetworked(
  name: string,
  summary: string,
  critic: NonNullable<ActingSpec['critic']>,
  agreement: Communication['agreement'],
): AnyAlgorithm {
  return defineAlgorithm({
    name,
    summary,
    options: actorCriticNetworked,
    acting: (given) => networkedActing(given, critic),
    exploration: softmaxTemperature,
    check(given, task) {
      refuseUnevenNetworks(name, task, NETWORKED_AGENTS)
      checkSegments(given, task)
    },
    create: (setup, given) =>
      createActorCritic(
        setup,
        networkedActing(given, critic),
        { ...given, normalizeValues: false },
        ({ policyGradient }) => policyGradient,
        ONE_PASS,
        { degree: given.degree, agreement, iterations: 1 },
      ),
  })
}
