import { RuntimeError } from '../../../runtime/core/errors.ts'
import { describeValue, type JsonDocument, JsonKind } from './json.ts'

/** What is wrong in one place of a file. */
export interface Problem {
  /** JSON path of the place, such as `roads[3].lanes[0].width`; empty for the whole file. */
  readonly path: string
  readonly expected: string
  readonly got: string
  readonly remedy: string | undefined
}

const MOST_SHOWN = 10

/** Collects what is wrong in a file, to say it all at once. */
export class Problems {
  readonly #document: JsonDocument
  readonly #shown: Problem[] = []
  #count = 0

  constructor(document: JsonDocument) {
    this.#document = document
  }

  get count(): number {
    return this.#count
  }

  /** The value at `node` is not what it must be. `got` says more than its text where that helps. */
  wrong(node: number, expected: string, remedy?: string, got?: string): void {
    if (this.#count++ >= MOST_SHOWN) return
    const path = pathOf(this.#document, node)
    this.#shown.push({ path, expected, got: got ?? describeValue(this.#document, node), remedy })
  }

  /** The object at `node` has no `key`. */
  missing(node: number, key: string, expected: string, remedy?: string): void {
    if (this.#count++ >= MOST_SHOWN) return
    const path = pathOf(this.#document, node)
    this.#shown.push({ path: path === '' ? key : `${path}.${key}`, expected, got: 'nothing', remedy })
  }

  /** @throws ERR_FILE_INVALID that tells all problems, when there are any */
  throwIfAny(): void {
    if (this.#count === 0) return
    const { file } = this.#document
    const rest = this.#count - this.#shown.length
    const lines = this.#shown.map(lineOf)
    if (rest > 0) lines.push(`… and ${rest} more`)
    const message = lines.length === 1 ? `${file}: ${lines[0]}` : `${file}:\n  ${lines.join('\n  ')}`
    const details = { file, problems: this.#shown, count: this.#count }
    throw new RuntimeError('ERR_FILE_INVALID', message, { details })
  }
}

function lineOf({ path, expected, got, remedy }: Problem): string {
  const line = `${path === '' ? 'the whole' : path}: expected ${expected}, got ${got}`
  return remedy === undefined ? line : `${line}; ${remedy}`
}

/** Keys and indices that lead from the root to a value. */
function pathOf({ kind, key, end, texts }: JsonDocument, node: number): string {
  let path = ''
  let at = 0
  while (at !== node) {
    const container = at
    let index = 0
    for (at = container + 1; end[at]! <= node; at = end[at]!) index++
    if (kind[container] === JsonKind.array) path += `[${index}]`
    else path += path === '' ? texts[key[at]!]! : `.${texts[key[at]!]!}`
  }
  return path
}
