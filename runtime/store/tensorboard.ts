import { hostname } from 'node:os'
import { join } from 'node:path'
import { type AppendFile, openAppendFile } from './append-file.ts'
import { encodeEvent, type TensorBoardEvent } from './tensorboard-event.ts'
import { encodeTfRecord } from './tfrecord.ts'

/** How TensorBoard knows its files. */
export const EVENTS_PREFIX = 'events.out.tfevents.'

export interface TensorBoardOptions {
  /** Milliseconds since 1970, like `Date.now`. */
  readonly now: () => number
  /** Step of the checkpoint a run goes on from: what earlier files hold after it is no longer shown. */
  readonly resumeStep?: number | undefined
}

/** Writes one event file. `flush` and `close` may throw ERR_OUTPUT_UNWRITABLE. */
export interface TensorBoardWriter {
  /** Absolute or relative as the folder was. */
  readonly file: string
  /**
   * Adds a point to the curve `tag`; the next flush writes it.
   *
   * @param value kept as a 32-bit float; may be NaN or infinite
   * @param step  whole, 0 … 2⁵³ − 1
   */
  scalar(tag: string, value: number, step: number): void
  flush(): void
  close(): void
}

/**
 * Starts an event file that TensorBoard reads, in an existing folder:
 * `events.out.tfevents.<unix seconds>.<host>.<pid>.manyfold`.
 *
 * @throws RuntimeError ERR_OUTPUT_UNWRITABLE
 */
export function openTensorBoardWriter(
  folder: string,
  { now, resumeStep }: TensorBoardOptions,
): TensorBoardWriter {
  const seconds = String(Math.floor(now() / 1000)).padStart(10, '0')
  const path = join(folder, `${EVENTS_PREFIX}${seconds}.${hostname()}.${process.pid}.manyfold`)
  const file: AppendFile = openAppendFile(path)

  function write(event: TensorBoardEvent): void {
    file.append(encodeTfRecord(encodeEvent(event, now() / 1000)))
  }

  write({ kind: 'version', version: 'brain.Event:2' })
  if (resumeStep !== undefined) write({ kind: 'resumed', step: resumeStep + 1 })
  file.flush()
  return {
    file: path,
    scalar(tag, value, step) {
      if (!Number.isSafeInteger(step) || step < 0) {
        throw new RangeError(`${tag}: expected a step of 0 or more, got ${step}`)
      }
      write({ kind: 'scalar', tag, value, step })
    },
    flush: () => file.flush(),
    close: () => file.close(),
  }
}
