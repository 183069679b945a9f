import { cpus } from 'node:os'

/** When and on what something was measured, as results say it. */
export function circumstances(): string {
  return `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} cores of ${cpus()[0]!.model.trim()}`
}
