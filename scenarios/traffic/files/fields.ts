import { describeValue, type JsonDocument, JsonKind } from './json.ts'
import type { Problems } from './problems.ts'

/** Numbers that a field may hold, both ends included. */
export interface Range {
  readonly from: number
  readonly to: number
  readonly words: string
}

/** Metres, metres a second, seconds … that make no sense beyond: mistakes of units or of typing. */
const MOST = 1e6
const LEAST = 1e-6
export const POSITIVE: Range = { from: LEAST, to: MOST, words: `a number above 0 (${LEAST} to ${MOST})` }
export const NOT_NEGATIVE: Range = { from: 0, to: MOST, words: `a number from 0 to ${MOST}` }
export const COORDINATE: Range = { from: -1e9, to: 1e9, words: 'a number of metres from -1e9 to 1e9' }

const INT_MIN = -(2 ** 31)
const INT_MAX = 2 ** 31 - 1
const INTEGER = 'an integer of 32 bits'

/**
 * Reads members of a document's objects, and reports those that are missing or of another kind. What a reader returns
 * for such a one only lets reading go on: `Problems.throwIfAny` has the last word.
 */
export class Fields {
  readonly document: JsonDocument
  readonly problems: Problems

  constructor(document: JsonDocument, problems: Problems) {
    this.document = document
    this.problems = problems
  }

  /** Value under a key of an object, the first if there are several; −1 when there is none. */
  find(object: number, key: string): number {
    const { document } = this
    const number = document.numberOf(key)
    if (number < 0 || document.kind[object] !== JsonKind.object) return -1
    const end = document.end[object]!
    for (let node = object + 1; node < end; node = document.end[node]!) {
      if (document.key[node] === number) return node
    }
    return -1
  }

  /** Values that a container holds. */
  *elements(container: number): Generator<number> {
    if (container < 0) return
    const { end } = this.document
    for (let node = container + 1; node < end[container]!; node = end[node]!) yield node
  }

  /** How many values a container holds. */
  count(container: number): number {
    return container < 0 ? 0 : this.document.value[container]!
  }

  number(object: number, key: string, range: Range): number {
    const node = this.#need(object, key, range.words)
    if (node < 0) return Number.NaN
    return this.#numberAt(node, range)
  }

  integer(object: number, key: string): number {
    const node = this.#need(object, key, INTEGER)
    return node < 0 ? -1 : this.integerAt(node)
  }

  optionalInteger(object: number, key: string, otherwise: number): number {
    const node = this.find(object, key)
    if (node < 0) return otherwise
    const remedy = `CityFlow would silently take ${otherwise} for it`
    return this.integerAt(node, remedy)
  }

  integerAt(node: number, remedy?: string): number {
    const { document } = this
    const value = document.value[node]!
    if (document.kind[node] === JsonKind.integer && value >= INT_MIN && value <= INT_MAX) return value
    this.problems.wrong(node, INTEGER, this.#integerRemedy(node, remedy))
    return -1
  }

  flag(object: number, key: string): boolean {
    const node = this.#need(object, key, 'true or false')
    return node >= 0 && this.#flagAt(node)
  }

  optionalFlag(object: number, key: string, otherwise: boolean): boolean {
    const node = this.find(object, key)
    return node < 0 ? otherwise : this.#flagAt(node)
  }

  /** Number of the text under a key; −1 when there is none. */
  text(object: number, key: string, expected: string): number {
    const node = this.#need(object, key, expected)
    return node < 0 ? -1 : this.textAt(node, expected)
  }

  textAt(node: number, expected: string): number {
    if (this.document.kind[node] === JsonKind.string) return this.document.value[node]!
    this.problems.wrong(node, expected)
    return -1
  }

  /** The array under a key, of at least so many values; −1 when there is none. */
  array(object: number, key: string, expected: string, atLeast = 0): number {
    const node = this.#need(object, key, expected)
    if (node < 0) return -1
    if (this.document.kind[node] === JsonKind.array && this.document.value[node]! >= atLeast) return node
    this.problems.wrong(node, expected)
    return -1
  }

  object(object: number, key: string, expected: string): number {
    const node = this.#need(object, key, expected)
    return node >= 0 && this.isObject(node, expected) ? node : -1
  }

  /** Reports a value that is no object; one that is not there has been reported. */
  isObject(node: number, expected: string): boolean {
    if (node < 0) return false
    if (this.document.kind[node] === JsonKind.object) return true
    this.problems.wrong(node, expected)
    return false
  }

  /** Reports a value that is no array. */
  isArray(node: number, expected: string): boolean {
    if (this.document.kind[node] === JsonKind.array) return true
    this.problems.wrong(node, expected)
    return false
  }

  #need(object: number, key: string, expected: string): number {
    const node = this.find(object, key)
    if (node < 0 && this.document.kind[object] === JsonKind.object)
      this.problems.missing(object, key, expected)
    return node
  }

  #numberAt(node: number, range: Range): number {
    const { kind, value } = this.document
    const isNumber = kind[node] === JsonKind.number || kind[node] === JsonKind.integer
    if (isNumber && value[node]! >= range.from && value[node]! <= range.to) return value[node]!
    this.problems.wrong(node, range.words)
    return Number.NaN
  }

  #flagAt(node: number): boolean {
    const kind = this.document.kind[node]
    if (kind !== JsonKind.true && kind !== JsonKind.false) this.problems.wrong(node, 'true or false')
    return kind === JsonKind.true
  }

  /** Why a number like `3.0` is refused, and what to write. */
  #integerRemedy(node: number, remedy: string | undefined): string | undefined {
    const { kind, value } = this.document
    const isWhole = kind[node] === JsonKind.number && Number.isSafeInteger(value[node]!)
    const advice = isWhole
      ? `write ${value[node]}, without fraction or exponent: CityFlow takes ${describeValue(this.document, node)} for no integer`
      : undefined
    return [advice, remedy].filter((part) => part !== undefined).join(', and ') || undefined
  }
}
