/** Which of a run's metrics say how it learns, and what they are called where people read them. */

/** How a metric is shown. */
export interface MetricName {
  readonly title: string
  /** With its unit, where it has one. */
  readonly axis: string
  /** All values that it can have; undefined where there is no limit. */
  readonly range?: readonly [number, number]
}

/** The runtime's own metrics that are worth a chart, in this order; docs/metrics.md has them all. */
const OWN: Readonly<Record<string, MetricName>> = {
  episodeReward: { title: 'Reward of the learning side', axis: 'total reward per episode' },
  opponentReward: { title: 'Reward of opponents', axis: 'total reward per episode' },
  return: { title: 'Return', axis: 'total reward per episode' },
  loss: { title: 'Loss', axis: 'loss' },
  policyLoss: { title: 'Policy loss', axis: 'policy gradient loss' },
  valueLoss: { title: 'Value loss', axis: 'mean squared error' },
  entropy: { title: 'Entropy', axis: 'entropy (nats)' },
  value: { title: 'Value', axis: 'mean state value' },
  episodeSteps: { title: 'Episode length', axis: 'episode length (steps)' },
  agentStepsPerSecond: { title: 'Throughput', axis: 'agent-steps / s' },
}

/** Counts, and what says how a run runs and not how it learns. */
const BOOKKEEPING: ReadonlySet<string> = new Set([
  'steps',
  'agentSteps',
  'joinedSteps',
  'joinedAgentSteps',
  'episodes',
  'rounds',
  'transitions',
  'replayTransitions',
  'updates',
  'version',
  'policyLag',
  'opponentRenewals',
  'lostTransitions',
  'droppedSegments',
  'surplusSegments',
  'learnerRestarts',
  'rolloutRestarts',
  'exploration',
  'rolloutBusy',
  'learnerBusy',
  'bytesPerTransition',
  'gradientNorm',
])

const WIN_RATE = 'winRate:'

/** Name of the final metric that says how often what was trained wins against another policy. */
export function winRateAgainst(policy: string): string {
  return `${WIN_RATE}${policy}`
}

/** Those that say how a run learns: win rates and rewards first, then the scenario's own, then those of the learner. */
export function chosenMetrics(names: Iterable<string>): string[] {
  const chosen = [...new Set(names)].filter((name) => !BOOKKEEPING.has(name))
  const order = Object.keys(OWN)
  const rank = (name: string): number => {
    if (name.startsWith(WIN_RATE)) return -1
    const place = order.indexOf(name)
    if (place < 0) return order.indexOf('return') + 0.5
    return place
  }
  return chosen.toSorted((a, b) => rank(a) - rank(b))
}

/** @param units of the scenario's metrics */
export function describeMetric(name: string, units: Readonly<Record<string, string>> = {}): MetricName {
  if (Object.hasOwn(OWN, name)) return OWN[name]!
  if (name.startsWith(WIN_RATE)) {
    const title = `Win rate against ${name.slice(WIN_RATE.length)}`
    return { title, axis: 'win rate (wins / episodes)', range: [0, 1] }
  }
  // A scenario's own: redKills becomes `red kills`.
  const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  const unit = Object.hasOwn(units, name) ? ` (${units[name]})` : ''
  return { title: `${words[0]!.toUpperCase()}${words.slice(1)}`, axis: `${words}${unit}` }
}
