import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { SaxesParser } from 'saxes'
import { RuntimeError } from '../../../runtime/core/errors.ts'
import { unreadable } from '../../../runtime/core/files.ts'
import type { Point } from '../data-set.ts'

/** An element of an XML file: its attributes, read with a check, and where it stands. */
export class XmlElement {
  readonly name: string
  readonly file: string
  readonly line: number
  readonly #attributes: Readonly<Record<string, string>>

  constructor(name: string, attributes: Readonly<Record<string, string>>, file: string, line: number) {
    this.name = name
    this.#attributes = attributes
    this.file = file
    this.line = line
  }

  has(attribute: string): boolean {
    return this.#attributes[attribute] !== undefined
  }

  /** @throws ERR_FILE_INVALID when it is missing */
  text(attribute: string): string {
    const value = this.#attributes[attribute]
    if (value !== undefined) return value
    throw this.error(`attribute ${attribute} is missing`, 'add it, or write the file again with SUMO tools')
  }

  optionalText(attribute: string): string | undefined {
    return this.#attributes[attribute]
  }

  /** @throws ERR_FILE_INVALID when it is missing, no number, or below `least` */
  number(attribute: string, least = Number.NEGATIVE_INFINITY): number {
    const text = this.text(attribute)
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if (Number.isFinite(value) && value >= least) return value
    const bound = Number.isFinite(least) ? ` of at least ${least}` : ''
    throw this.wrong(attribute, `a number${bound}`)
  }

  optionalNumber(attribute: string, otherwise: number, least?: number): number {
    return this.has(attribute) ? this.number(attribute, least) : otherwise
  }

  /** A whole number from 0. */
  index(attribute: string): number {
    const value = this.number(attribute, 0)
    if (Number.isInteger(value)) return value
    throw this.wrong(attribute, 'a whole number')
  }

  /** Seconds, given as a number or as `[days:]hours:minutes:seconds`. */
  seconds(attribute: string): number {
    const text = this.text(attribute)
    const parts = text.split(':').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
    const [seconds = Number.NaN, minutes = 0, hours = 0, days = 0] = parts.toReversed()
    const isTime = parts.length !== 2 && parts.length <= 4 && parts.every(Number.isFinite)
    if (isTime) return seconds + 60 * (minutes + 60 * (hours + 24 * days))
    throw this.wrong(attribute, 'seconds, or hours:minutes:seconds')
  }

  /** `x,y x,y …` or `x,y,z …`: heights are left out. */
  points(attribute: string): Point[] {
    return this.words(attribute).map((word) => {
      const [x, y] = word.split(',').map(Number)
      if (Number.isFinite(x) && Number.isFinite(y)) return { x: x!, y: y! }
      throw this.wrong(attribute, 'places like "1.0,2.0 3.0,4.0"')
    })
  }

  /** The words of a list; none for an attribute that is missing. */
  words(attribute: string): string[] {
    return (this.#attributes[attribute] ?? '').split(/[\s]+/).filter((word) => word !== '')
  }

  wrong(attribute: string, expected: string, remedy = 'correct it there'): RuntimeError {
    return this.error(`${attribute}: expected ${expected}, got "${this.#attributes[attribute]}"`, remedy)
  }

  error(problem: string, remedy: string): RuntimeError {
    const { id } = this.#attributes
    const tag = `<${this.name}${id === undefined ? '' : ` id="${id}"`}>`
    return new RuntimeError('ERR_FILE_INVALID', `${this.file}:${this.line}: ${tag}: ${problem}; ${remedy}`, {
      details: { file: this.file, line: this.line, element: this.name, id },
    })
  }
}

export interface XmlHandlers {
  /** The first element, by its name. */
  readonly roots: readonly string[]
  /** What the file is for, in the message for one of another kind. */
  readonly purpose: string
  begin?(root: XmlElement): void
  open(element: XmlElement, parent: XmlElement): void
  close?(element: XmlElement): void
  /** How much has been read. */
  onRead?: OnRead | undefined
}

export type OnRead = (file: string, bytes: number, totalBytes: number) => void

/**
 * Reads an XML file, or a gzipped one whose name ends in `.gz`, element by element as it comes from the disk.
 *
 * @throws ERR_FILE_MISSING when it cannot be read
 * @throws ERR_FILE_INVALID when it is no XML, or of another kind
 */
export async function readXml(file: string, handlers: XmlHandlers): Promise<void> {
  const parser = new SaxesParser({ position: true, xmlns: false as const })
  const path: XmlElement[] = []
  let line = 0
  parser.on('error', ({ message }) => {
    const problem = message.replace(/^\d+:\d+: /, '')
    throw new RuntimeError(
      'ERR_FILE_INVALID',
      `${file}:${parser.line}: expected well-formed XML, got: ${problem}; write the file again`,
      { details: { file, line: parser.line } },
    )
  })
  parser.on('opentagstart', () => {
    line = parser.line
  })
  parser.on('opentag', ({ name, attributes }) => {
    const element = new XmlElement(name, attributes, file, line)
    const parent = path.at(-1)
    path.push(element)
    if (parent) handlers.open(element, parent)
    else {
      checkRoot(element, handlers)
      handlers.begin?.(element)
    }
  })
  parser.on('closetag', () => {
    const element = path.pop()!
    handlers.close?.(element)
  })
  await feed(file, (text) => void parser.write(text), handlers.onRead)
  parser.close()
}

function checkRoot(root: XmlElement, { roots, purpose }: XmlHandlers): void {
  if (roots.includes(root.name)) return
  const expected = roots.map((name) => `<${name}>`).join(' or ')
  throw new RuntimeError(
    'ERR_FILE_INVALID',
    `${root.file}:${root.line}: expected ${purpose}, which begins with ${expected}, got <${root.name}>; ` +
      'the network comes first, its routes behind it',
    { details: { file: root.file, got: root.name } },
  )
}

/** @param write takes the text in pieces */
async function feed(file: string, write: (text: string) => void, onRead?: OnRead): Promise<void> {
  try {
    const handle = await open(file)
    const { size } = await handle.stat()
    const source = handle.createReadStream()
    const take = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
      const decoder = new TextDecoder()
      for await (const chunk of chunks) {
        write(decoder.decode(chunk, { stream: true }))
        onRead?.(file, source.bytesRead, size)
      }
      write(decoder.decode())
    }
    if (file.endsWith('.gz')) await pipeline(source, createGunzip(), take)
    else await pipeline(source, take)
  } catch (error) {
    throw asUnreadable(error, file)
  }
}

function asUnreadable(cause: unknown, file: string): unknown {
  if (cause instanceof RuntimeError || !(cause instanceof Error && 'code' in cause)) return cause
  const code = String(cause.code)
  if (!code.startsWith('Z_')) return unreadable(file, cause)
  const problem = `expected a gzipped file, got what is none or is cut off (${code})`
  const options = { cause, details: { file } }
  return new RuntimeError('ERR_FILE_INVALID', `${file}: ${problem}; compress it again`, options)
}
