import type { Heap } from '../../runtime/core/memory/arena.ts'
import type { TrafficKernel } from './kernel.ts'

/** Numbers as text, as CityFlow writes them: always with a decimal point or an exponent. By one thread at a time. */
export class NumberText {
  readonly #kernel: TrafficKernel
  readonly #bytes: Buffer

  constructor(kernel: TrafficKernel, heap: Heap) {
    this.#kernel = kernel
    this.#bytes = Buffer.from(heap.u8.buffer, kernel.formatted())
  }

  /** @param value finite */
  format(value: number): string {
    return this.#bytes.toString('latin1', 0, this.#kernel.formatNumber(value))
  }
}
