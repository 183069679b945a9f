import { arch, availableParallelism, hostname, platform } from 'node:os'
import { VERSION } from './version.ts'

/** Where and with what something is run from now on, as it is kept beside the results. */
export function describeEnvironment(): Readonly<Record<string, string | number>> {
  return {
    manyfold: VERSION,
    node: process.version,
    platform: `${platform()} ${arch()}`,
    cores: availableParallelism(),
    host: hostname(),
    started: new Date().toISOString(),
  }
}
