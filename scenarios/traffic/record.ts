import { basename, dirname, extname, join } from 'node:path'
import type { TrafficConfig } from './demand.ts'
import { ReplayLog, writeReplayRoadnet } from './files/replay.ts'
import { readNetwork } from './files/roadnet.ts'
import type { TrafficWorld } from './world.ts'

/**
 * The replay of a world that others step: call `write` after each step, from the thread that waits for them, and `close`
 * however the run ends. Undefined when neither the config nor the caller asks for one.
 *
 * @param file in place of the config's; the network goes beside it, as NAME.roadnet.json
 * @throws ERR_OUTPUT_UNWRITABLE
 */
export function openReplay(world: TrafficWorld, config: TrafficConfig, file?: string): ReplayLog | undefined {
  const replayFile = file ?? config.replayLogFile
  if (replayFile === undefined) return undefined
  const source = world.replaySource(readNetwork(config.roadnetFile))
  writeReplayRoadnet(file === undefined ? config.roadnetLogFile! : roadnetFileBeside(file), source)
  return new ReplayLog(replayFile, source)
}

function roadnetFileBeside(file: string): string {
  return join(dirname(file), `${basename(file, extname(file))}.roadnet.json`)
}
