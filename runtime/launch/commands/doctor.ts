import { arch, cpus, freemem, platform, totalmem } from 'node:os'
import * as zmq from 'zeromq'
import { resolveConfig } from '../../core/config.ts'
import { formatBytes } from '../../core/memory/arena.ts'
import { formatTable } from '../console.ts'
import { listOptions } from '../options.ts'
import { VERSION } from '../version.ts'
import type { Command } from './command.ts'

export const doctorCommand: Command = {
  usage: 'doctor',
  summary: 'show what this machine offers: cores, memory, compute backends and their speed, ZeroMQ',
  examples: [['manyfold doctor', 'what was found, what not, and how to mend it']],
  stops: 'at-once',
  options: async () => listOptions,

  async run({ layers, console }) {
    resolveConfig(listOptions, layers)
    console.log('measuring every compute backend; takes some seconds')
    // Other commands do not wait until TensorFlow.js is loaded.
    const { probeBackends } = await import('../../../learners/backend.ts')
    const backends = await probeBackends()
    const result = {
      manyfold: VERSION,
      node: process.version,
      platform: `${platform()} ${arch()}`,
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryBytes: totalmem(),
      freeMemoryBytes: freemem(),
      sharedMemoryLimitBytes: largestSharedMemory(),
      zeromq: {
        version: zmq.version,
        curve: zmq.capability.curve === true,
        ipc: zmq.capability.ipc === true,
      },
      backends,
    }
    const facts = [
      ['Manyfold', VERSION],
      ['Node', `${result.node} on ${result.platform}`],
      ['cores', `${result.cores} × ${result.cpu}`],
      ['memory', `${formatBytes(result.memoryBytes)}, ${formatBytes(result.freeMemoryBytes)} free`],
      ['shared memory', `up to ${formatBytes(result.sharedMemoryLimitBytes)} in one arena`],
      [
        'ZeroMQ',
        `${zmq.version}, CURVE ${result.zeromq.curve ? 'yes' : 'no'}, ipc ${result.zeromq.ipc ? 'yes' : 'no'}`,
      ],
    ]
    const rows = backends.map(({ name, device, gigaflops, isForAuto, why, mend }) => [
      name,
      device === undefined ? 'not found' : 'found',
      device === undefined ? '' : gigaflops.toFixed(1),
      isForAuto ? 'yes' : 'no',
      [device, why, mend].filter(Boolean).join('; '),
    ])
    const text = [
      facts.map(([name, value]) => `${name!.padEnd(14)} ${value}`).join('\n'),
      formatTable(['backend', 'state', 'GFLOP/s', 'auto', 'what'], rows),
    ].join('\n\n')
    console.result(text, result)
    return 0
  },
}

const PAGE_BYTES = 65_536

/** The largest shared WebAssembly memory that can be reserved here, by trying. */
function largestSharedMemory(): number {
  for (let pages = 65_536; pages >= 1; pages /= 2) {
    try {
      void new WebAssembly.Memory({ initial: 1, maximum: pages, shared: true })
      return pages * PAGE_BYTES
    } catch {
      // Too much for this machine: half of it is tried next.
    }
  }
  return 0
}
