import { join } from 'node:path'
import { encodeMetricsLine, finiteValues, type MetricsLines, openMetricsLines } from './metrics-lines.ts'
import type { Prometheus } from './prometheus.ts'
import { openTensorBoardWriter, type TensorBoardWriter } from './tensorboard.ts'

export interface MetricsOptions {
  /** The run's folder, which exists. */
  readonly folder: string
  /** Milliseconds since 1970, like `Date.now`. */
  readonly now: () => number
  /** Port for Prometheus; 0 lets the system choose, undefined serves none. */
  readonly prometheusPort?: number | undefined
  /** Address for Prometheus; 127.0.0.1 when undefined. */
  readonly prometheusHost?: string | undefined
  /** Step of the checkpoint a run goes on from: what was recorded after it is dropped. */
  readonly resumeStep?: number | undefined
}

/** Where a run's numbers go. */
export interface Metrics {
  /** The port Prometheus is served on, undefined when it is not. */
  readonly prometheusPort: number | undefined
  /** What a resumed run recorded last, NaN and infinite values left out; empty for a fresh one. */
  readonly found: Readonly<Record<string, number>>
  /**
   * Records values at a step: one line of `metrics.jsonl`, one TensorBoard point each, and the gauges
   * of Prometheus. They are in the files (though not yet synced to the disk) when the call returns.
   *
   * A value may be NaN or infinite: `metrics.jsonl` then has null, the other two have it as it is.
   *
   * @throws RuntimeError ERR_OUTPUT_UNWRITABLE; the values are kept, and written by the next call that can
   */
  record(step: number, values: Readonly<Record<string, number>>): void
  /** @throws RuntimeError ERR_OUTPUT_UNWRITABLE */
  close(): Promise<void>
}

/**
 * Opens a run's metrics.
 *
 * @throws RuntimeError ERR_OUTPUT_UNWRITABLE, ERR_FILE_INVALID; ERR_CONFIG_INVALID for a port in use
 */
export async function openMetrics(options: MetricsOptions): Promise<Metrics> {
  const { folder, now, prometheusPort: port, prometheusHost: host, resumeStep } = options
  const prometheus = port === undefined ? undefined : await openPrometheus(port, host)
  let lines: MetricsLines | undefined
  try {
    lines = await openMetricsLines(join(folder, 'metrics.jsonl'), resumeStep)
    const tensorBoard = openTensorBoardWriter(folder, { now, resumeStep })
    return bindMetrics(now, lines, tensorBoard, prometheus)
  } catch (error) {
    lines?.file.close()
    await prometheus?.close()
    throw error
  }
}

/** Its package takes a while to load, and most runs do without. */
async function openPrometheus(port: number, host: string | undefined): Promise<Prometheus> {
  const module = await import('./prometheus.ts')
  return module.openPrometheus(host === undefined ? { port } : { port, host })
}

function bindMetrics(
  now: () => number,
  { file, last }: MetricsLines,
  tensorBoard: TensorBoardWriter,
  prometheus: Prometheus | undefined,
): Metrics {
  return {
    prometheusPort: prometheus?.port,
    found: finiteValues(last?.values ?? {}),
    record(step, values) {
      for (const [metric, value] of Object.entries(values)) {
        prometheus?.set(metric, value)
        tensorBoard.scalar(metric, value, step)
      }
      prometheus?.set('step', step)
      file.append(encodeMetricsLine({ step, wallTime: now() / 1000, values }))
      file.flush()
      tensorBoard.flush()
    },
    async close() {
      try {
        file.close()
      } finally {
        try {
          tensorBoard.close()
        } finally {
          await prometheus?.close()
        }
      }
    },
  }
}
