import type { PhaseEntry } from '../data-set.ts'
import type { RoadLink } from './car-network.ts'
import type { SumoNet, SumoPhase, SumoProgramme } from './sumo-net.ts'

/** Letters of a state on which one may go: green with and without right of way, off, and right turns after a stop. */
const OPEN = new Set('GgOos')
const ALWAYS_SECONDS = 30

/**
 * Phases of one intersection. Without traffic lights: one phase in which everything may go. With them: SUMO's phases one
 * by one, from where the programme stands at `begin`; a road link may go while one of its signals is open. Yellow and red
 * are both closed, so that clearing phases stay, with few links or none.
 *
 * @throws ERR_FILE_INVALID for programmes that CityFlow cannot have
 */
export function phasesOf(
  net: SumoNet,
  junction: string,
  links: readonly RoadLink[],
  begin: number,
): PhaseEntry[] {
  const signals = links.flatMap((link) => link.signals)
  const [first] = signals
  if (!first) return [{ time: ALWAYS_SECONDS, availableRoadLinks: links.map((_, i) => i) }]
  const programme = programmeOf(net, junction, first.programme, signals)
  return phasesFrom(programme, begin).map(({ seconds, state }) => ({
    time: seconds,
    availableRoadLinks: links.flatMap((link, i) => (isOpen(link, state, programme) ? [i] : [])),
  }))
}

function programmeOf(
  net: SumoNet,
  junction: string,
  id: string,
  signals: RoadLink['signals'],
): SumoProgramme {
  const programme = net.programmes.get(id)
  const other = signals.find((signal) => signal.programme !== id)
  const connectionOf = (name: string) => net.connections.find(({ signal }) => signal?.programme === name)!
  if (other) {
    throw connectionOf(other.programme).element.error(
      `expected one traffic light at junction ${junction}, got ${id} and ${other.programme}`,
      'CityFlow has one for each intersection; join them with netconvert',
    )
  }
  if (!programme) {
    throw connectionOf(id).element.wrong(
      'tl',
      'a <tlLogic> of this file',
      'write the network again with netconvert',
    )
  }
  if (programme.phases.every(({ seconds }) => seconds === 0)) {
    throw programme.element.error('expected phases with a duration, got none', 'give it a programme')
  }
  return programme
}

function isOpen({ signals, isAlwaysOpen }: RoadLink, state: string, { element }: SumoProgramme): boolean {
  const letters = signals.map(({ letter }) => {
    const found = state[letter]
    if (found !== undefined) return found
    throw element.error(
      `expected a state with a letter for signal ${letter}, got "${state}"`,
      'write the network again with netconvert',
    )
  })
  return isAlwaysOpen || letters.some((letter) => OPEN.has(letter))
}

/** The cycle from where it stands at a time; a phase that has begun by then is split, its first part comes last. */
function phasesFrom({ offset, phases }: SumoProgramme, time: number): SumoPhase[] {
  const cycle = phases.reduce((sum, { seconds }) => sum + seconds, 0)
  let into = (((time - offset) % cycle) + cycle) % cycle
  let current = 0
  while (into >= phases[current]!.seconds) into -= phases[current++]!.seconds
  const { seconds, state } = phases[current]!
  const rest = { seconds: seconds - into, state }
  const begun = into > 0 ? [{ seconds: into, state }] : []
  return [rest, ...phases.slice(current + 1), ...phases.slice(0, current), ...begun]
}
