import { basename, dirname, extname, join } from 'node:path'
import { ReplayLog, writeReplayRoadnet } from './files/replay.ts'
import type { Network } from './network.ts'
import type { TrafficWorld } from './world.ts'

/** Where a replay goes, in CityFlow's two formats: what happens, and the network that its viewer draws beneath. */
export interface ReplayFiles {
  readonly replay: string
  readonly roadnet: string
}

/** Files beside each other: the network of NAME.txt is NAME.roadnet.json. */
export function replayFilesAt(replay: string): ReplayFiles {
  return { replay, roadnet: join(dirname(replay), `${basename(replay, extname(replay))}.roadnet.json`) }
}

/**
 * The replay of a world that others step: call `write` after each step, from the thread that waits for them, and `close`
 * however the run ends.
 *
 * @throws ERR_OUTPUT_UNWRITABLE
 */
export function openReplay(
  world: TrafficWorld,
  network: Network,
  { replay, roadnet }: ReplayFiles,
): ReplayLog {
  const source = world.replaySource(network)
  writeReplayRoadnet(roadnet, source)
  return new ReplayLog(replay, source)
}
