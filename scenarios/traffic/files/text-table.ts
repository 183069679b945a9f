/** Numbers for the texts of a file, equal ones for equal texts: from 0, in the order of their first occurrence. */
export class TextTable {
  readonly texts: string[] = []
  readonly #bytes: Uint8Array
  readonly #numbers = new Map<string, number>()
  /** Spellings met, open addressing: 1 + their place in the three lists, 0 where free. */
  #slots = new Int32Array(1024)
  readonly #starts: number[] = []
  readonly #hashes: number[] = []
  readonly #spelled: number[] = []

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Number of a text, or −1 when it occurs nowhere. */
  numberOf(text: string): number {
    return this.#numbers.get(text) ?? -1
  }

  add(text: string): number {
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    this.#numbers.set(text, this.texts.length)
    return this.texts.push(text) - 1
  }

  /** Number of the text from byte `start` to the closing quote at `end`; `hash` is any function of its bytes. */
  addBytes(start: number, end: number, hash: number): number {
    const mask = this.#slots.length - 1
    let slot = mix(hash) & mask
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const spelling = this.#slots[slot]! - 1
      if (this.#hashes[spelling] === hash && this.#isSame(this.#starts[spelling]!, start, end)) {
        return this.#spelled[spelling]!
      }
    }
    const number = this.add(this.#decode(start, end))
    this.#slots[slot] = this.#starts.push(start)
    this.#hashes.push(hash)
    this.#spelled.push(number)
    if (this.#starts.length * 2 > this.#slots.length) this.#grow()
    return number
  }

  /** Compares the closing quote too, so that neither is the start of the other. */
  #isSame(known: number, start: number, end: number): boolean {
    const bytes = this.#bytes
    for (let at = start; at <= end; at++) if (bytes[known + at - start] !== bytes[at]) return false
    return true
  }

  #decode(start: number, end: number): string {
    const { buffer, byteOffset } = this.#bytes
    return Buffer.from(buffer, byteOffset + start, end - start).toString('utf8')
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2)
    const mask = this.#slots.length - 1
    this.#hashes.forEach((hash, spelling) => {
      let slot = mix(hash) & mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
      this.#slots[slot] = spelling + 1
    })
  }
}

/** Spreads what differs in the high bits over the low ones. */
function mix(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 7
}
