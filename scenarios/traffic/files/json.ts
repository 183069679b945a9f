import { RuntimeError } from '../../../runtime/core/errors.ts'
import { readBytes } from '../../../runtime/core/files.ts'
import { DecimalReader } from './decimal.ts'
import { TextTable } from './text-table.ts'

/** What a value of a document is. Only `integer` was written without fraction and exponent, and fits 64 bits. */
export const JsonKind = {
  null: 0,
  false: 1,
  true: 2,
  integer: 3,
  number: 4,
  string: 5,
  array: 6,
  object: 7,
} as const

/**
 * A JSON text as arrays over its N values, in the order of the text: value 0 is the whole, and a container stands in
 * front of what it holds. Equal texts have equal numbers, so that keys and ids compare as integers.
 */
export interface JsonDocument {
  readonly file: string
  /** UTF-8 of the file and a closing 0. */
  readonly bytes: Uint8Array
  /** [N] a `JsonKind`. */
  readonly kind: Uint8Array
  /** [N] a number's value, a string's number in `texts`, how many values a container holds. */
  readonly value: Float64Array
  /** [N] number in `texts` of the key that a value stands under, or −1. */
  readonly key: Int32Array
  /** [N] the first value behind this one and all that it holds. */
  readonly end: Int32Array
  /** [N] where in `bytes` the value starts. */
  readonly offset: Int32Array
  readonly texts: readonly string[]
  /** Number of a text, or −1 when it occurs nowhere. */
  readonly numberOf: (text: string) => number
}

/** CityFlow's files need 8; a limit keeps a hostile file from exhausting the stack. */
const MAX_DEPTH = 64
const BYTES_PER_VALUE = 12

/**
 * Reads a JSON file, with numbers as CityFlow's parser has them: see `decimal.ts`.
 *
 * @throws ERR_FILE_MISSING when it cannot be read
 * @throws ERR_FILE_INVALID with line and column of what is not JSON
 */
export function readJsonDocument(file: string): JsonDocument {
  return parseJsonDocument(file, readBytes(file))
}

/** @throws ERR_FILE_INVALID with line and column of what is not JSON */
export function parseJsonDocument(file: string, content: Uint8Array): JsonDocument {
  return new JsonParser(file, content).parse()
}

/** The written text of a number, string or word, and the size of a container. */
export function describeValue({ bytes, kind, value, offset }: JsonDocument, node: number): string {
  const holds = (unit: string) => `${value[node]} ${unit}${value[node] === 1 ? '' : 's'}`
  if (kind[node] === JsonKind.array) return `an array of ${holds('value')}`
  if (kind[node] === JsonKind.object) return `an object of ${holds('member')}`
  const start = offset[node]!
  const text = kind[node] === JsonKind.string ? quotedText(bytes, start) : plainText(bytes, start)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

function quotedText(bytes: Uint8Array, start: number): string {
  let end = start + 1
  while (bytes[end] !== QUOTE) end += bytes[end] === BACKSLASH ? 2 : 1
  return decode(bytes, start, end + 1)
}

function plainText(bytes: Uint8Array, start: number): string {
  let end = start
  while (/[-+.\w]/.test(String.fromCharCode(bytes[end]!))) end++
  return decode(bytes, start, end)
}

/** Text of bytes, up to the closing 0 at most. */
function decode(bytes: Uint8Array, from: number, to: number): string {
  const length = Math.min(to, bytes.length - 1) - from
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, Math.max(0, length)).toString('utf8')
}

const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const LOWER_U = 0x75
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]
const WORDS = [
  ['null', JsonKind.null],
  ['false', JsonKind.false],
  ['true', JsonKind.true],
] as const
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

class JsonParser {
  readonly #file: string
  readonly #bytes: Uint8Array
  readonly #decimal: DecimalReader
  readonly #texts: TextTable
  #at = 0
  #count = 0
  #kind: Uint8Array
  #value: Float64Array
  #key: Int32Array
  #end: Int32Array
  #offset: Int32Array

  constructor(file: string, content: Uint8Array) {
    this.#file = file
    // The closing 0 is no part of any token: it ends every scan, without a look at the length.
    this.#bytes = new Uint8Array(content.length + 1)
    this.#bytes.set(content)
    this.#decimal = new DecimalReader(this.#bytes)
    this.#texts = new TextTable(this.#bytes)
    const capacity = 64 + Math.ceil(content.length / BYTES_PER_VALUE)
    this.#kind = new Uint8Array(capacity)
    this.#value = new Float64Array(capacity)
    this.#key = new Int32Array(capacity)
    this.#end = new Int32Array(capacity)
    this.#offset = new Int32Array(capacity)
  }

  parse(): JsonDocument {
    if (BYTE_ORDER_MARK.every((byte, i) => this.#bytes[i] === byte)) this.#at = BYTE_ORDER_MARK.length
    this.#parseValue(-1, 0)
    this.#skipBlanks()
    if (this.#at < this.#bytes.length - 1) this.#fail('the end of the file')
    const texts = this.#texts
    return {
      file: this.#file,
      bytes: this.#bytes,
      kind: this.#kind.subarray(0, this.#count),
      value: this.#value.subarray(0, this.#count),
      key: this.#key.subarray(0, this.#count),
      end: this.#end.subarray(0, this.#count),
      offset: this.#offset.subarray(0, this.#count),
      texts: texts.texts,
      numberOf: (text) => texts.numberOf(text),
    }
  }

  #parseValue(key: number, depth: number): void {
    this.#skipBlanks()
    if (this.#count === this.#kind.length) this.#grow()
    const node = this.#count++
    const byte = this.#bytes[this.#at]!
    this.#key[node] = key
    this.#offset[node] = this.#at
    if (byte === QUOTE) {
      this.#kind[node] = JsonKind.string
      this.#value[node] = this.#parseText()
    } else if (byte === MINUS || (byte >= ZERO && byte <= NINE)) this.#parseNumber(node)
    else if (byte === OPEN_BRACE) this.#parseObject(node, depth + 1)
    else if (byte === OPEN_BRACKET) this.#parseArray(node, depth + 1)
    else this.#parseWord(node)
    this.#end[node] = this.#count
  }

  #parseObject(node: number, depth: number): void {
    this.#kind[node] = JsonKind.object
    if (depth > MAX_DEPTH) this.#fail(`at most ${MAX_DEPTH} levels of nesting`)
    this.#at++
    let members = 0
    if (this.#next() === CLOSE_BRACE) this.#at++
    else {
      do {
        if (this.#next() !== QUOTE) this.#fail('a key in double quotes')
        const key = this.#parseText()
        if (this.#next() !== COLON) this.#fail('":" behind the key')
        this.#at++
        this.#parseValue(key, depth)
        members++
      } while (this.#goesOn(CLOSE_BRACE, '"," or "}" in the object'))
    }
    this.#value[node] = members
  }

  #parseArray(node: number, depth: number): void {
    this.#kind[node] = JsonKind.array
    if (depth > MAX_DEPTH) this.#fail(`at most ${MAX_DEPTH} levels of nesting`)
    this.#at++
    let elements = 0
    if (this.#next() === CLOSE_BRACKET) this.#at++
    else {
      do {
        this.#parseValue(-1, depth)
        elements++
      } while (this.#goesOn(CLOSE_BRACKET, '"," or "]" in the array'))
    }
    this.#value[node] = elements
  }

  /** Takes a comma or the end of a container; true for the comma. */
  #goesOn(close: number, expected: string): boolean {
    const byte = this.#next()
    if (byte !== COMMA && byte !== close) this.#fail(expected)
    this.#at++
    return byte === COMMA
  }

  #parseWord(node: number): void {
    for (const [word, kind] of WORDS) {
      if (decode(this.#bytes, this.#at, this.#at + word.length) !== word) continue
      this.#kind[node] = kind
      this.#at += word.length
      return
    }
    this.#fail('a value')
  }

  /** Number in the table of the text in quotes at hand. */
  #parseText(): number {
    const bytes = this.#bytes
    const start = this.#at + 1
    let at = start
    let hash = 0
    for (;;) {
      const byte = bytes[at]!
      if (byte === QUOTE) break
      if (byte === BACKSLASH) return this.#texts.add(this.#parseEscapedText())
      if (byte < 0x20) {
        this.#at = at
        this.#fail('a closing double quote, with control characters written as escapes')
      }
      hash = (Math.imul(hash, 31) + byte) | 0
      at++
    }
    this.#at = at + 1
    return this.#texts.addBytes(start, at, hash)
  }

  #parseEscapedText(): string {
    const bytes = this.#bytes
    let text = ''
    let from = ++this.#at
    for (;;) {
      const byte = bytes[this.#at]!
      if (byte === QUOTE) break
      if (byte < 0x20) this.#fail('a closing double quote, with control characters written as escapes')
      if (byte !== BACKSLASH) {
        this.#at++
        continue
      }
      text += decode(bytes, from, this.#at) + this.#parseEscape()
      from = this.#at
    }
    return text + decode(bytes, from, this.#at++)
  }

  #parseEscape(): string {
    const letter = this.#bytes[this.#at + 1]!
    if (letter === LOWER_U) return this.#parseUnicodeEscape()
    const character = ESCAPES[String.fromCharCode(letter)]
    if (character === undefined) this.#fail('an escape of JSON')
    this.#at += 2
    return character
  }

  #parseUnicodeEscape(): string {
    const digits = decode(this.#bytes, this.#at + 2, this.#at + 6)
    if (!/^[\da-f]{4}$/i.test(digits)) this.#fail('four hexadecimal digits behind \\u')
    this.#at += 6
    return String.fromCharCode(Number.parseInt(digits, 16))
  }

  #parseNumber(node: number): void {
    const decimal = this.#decimal
    const isNumber = decimal.read(this.#at)
    this.#at = decimal.end
    if (!isNumber) this.#fail(decimal.expected)
    this.#kind[node] = decimal.isInteger ? JsonKind.integer : JsonKind.number
    this.#value[node] = decimal.value
  }

  #skipBlanks(): void {
    const bytes = this.#bytes
    let at = this.#at
    let byte = bytes[at]!
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++at]!
    this.#at = at
  }

  /** The next byte that is no blank, not taken yet. */
  #next(): number {
    this.#skipBlanks()
    return this.#bytes[this.#at]!
  }

  #grow(): void {
    const capacity = this.#kind.length * 2
    const grown = <A extends Uint8Array | Float64Array | Int32Array>(old: A, made: A): A => {
      made.set(old)
      return made
    }
    this.#kind = grown(this.#kind, new Uint8Array(capacity))
    this.#value = grown(this.#value, new Float64Array(capacity))
    this.#key = grown(this.#key, new Int32Array(capacity))
    this.#end = grown(this.#end, new Int32Array(capacity))
    this.#offset = grown(this.#offset, new Int32Array(capacity))
  }

  #fail(expected: string): never {
    const { line, column } = this.#position()
    const rest = decode(this.#bytes, this.#at, this.#at + 20)
    const got = rest === '' ? 'the end of the file' : JSON.stringify(rest.split('\n')[0])
    throw new RuntimeError(
      'ERR_FILE_INVALID',
      `${this.#file}: line ${line}, column ${column}: expected ${expected}, got ${got}`,
      { details: { file: this.#file, line, column } },
    )
  }

  /** Line and column, both from 1, of the byte at hand. */
  #position(): { readonly line: number; readonly column: number } {
    let line = 1
    let lineStart = 0
    for (let at = 0; at < this.#at; at++) {
      if (this.#bytes[at] !== 0x0a) continue
      line++
      lineStart = at + 1
    }
    let column = 1
    // Bytes that go on a character of UTF-8 are no column of their own.
    for (let at = lineStart; at < this.#at; at++) if ((this.#bytes[at]! & 0xc0) !== 0x80) column++
    return { line, column }
  }
}
