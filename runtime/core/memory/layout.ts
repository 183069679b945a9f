import { RuntimeError } from '../errors.ts'

/** Element types that a shared column may hold. */
export type DType = 'f64' | 'f32' | 'i32' | 'u32' | 'u16' | 'u8'

/** One column: `shape` is row-major, outermost axis first, e.g. `[T, N, O]`. */
export interface Column<D extends DType = DType> {
  readonly dtype: D
  readonly shape: readonly number[]
}

export type Columns = Readonly<Record<string, Column>>

interface ArrayTypes {
  readonly f64: Float64Array<SharedArrayBuffer>
  readonly f32: Float32Array<SharedArrayBuffer>
  readonly i32: Int32Array<SharedArrayBuffer>
  readonly u32: Uint32Array<SharedArrayBuffer>
  readonly u16: Uint16Array<SharedArrayBuffer>
  readonly u8: Uint8Array<SharedArrayBuffer>
}

/** The typed arrays of a layout, by column name. */
export type Views<C extends Columns> = { readonly [K in keyof C]: ArrayTypes[C[K]['dtype']] }

/** Where each column of a struct-of-arrays record starts, in bytes. A plain object: it may be sent to a thread. */
export interface Layout<C extends Columns = Columns> {
  readonly columns: C
  readonly offsets: { readonly [K in keyof C]: number }
  readonly bytes: number
}

/** Columns start on cache lines, so that threads writing neighbouring columns do not share one. */
export const CACHE_LINE_BYTES = 64

const ELEMENT_BYTES = { f64: 8, f32: 4, i32: 4, u32: 4, u16: 2, u8: 1 } as const

export function elementCount(column: Column): number {
  return column.shape.reduce((product, size) => product * size, 1)
}

export function columnBytes(column: Column): number {
  return elementCount(column) * ELEMENT_BYTES[column.dtype]
}

export function alignUp(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment
}

/**
 * Places columns one behind the other on cache lines.
 *
 * @throws ERR_SCENARIO_INVALID for an axis that is not a whole number of at least 0
 */
export function planLayout<const C extends Columns>(columns: C): Layout<C> {
  const offsets: Record<string, number> = {}
  let bytes = 0
  for (const [name, column] of Object.entries(columns)) {
    for (const size of column.shape) {
      if (!Number.isInteger(size) || size < 0) {
        throw new RuntimeError(
          'ERR_SCENARIO_INVALID',
          `layout.${name}.shape: expected whole numbers of at least 0, got [${column.shape.join(', ')}]`,
          { details: { column: name, shape: column.shape } },
        )
      }
    }
    offsets[name] = bytes
    bytes += alignUp(columnBytes(column), CACHE_LINE_BYTES)
  }
  return { columns, offsets: offsets as Layout<C>['offsets'], bytes }
}

/** Typed views of a layout whose first byte stands at `base` (a multiple of 64) in `buffer`. */
export function bindViews<C extends Columns>(
  layout: Layout<C>,
  buffer: SharedArrayBuffer,
  base = 0,
): Views<C> {
  const views: Record<string, ArrayTypes[DType]> = {}
  for (const [name, column] of Object.entries(layout.columns)) {
    views[name] = createView(column.dtype, buffer, base + layout.offsets[name]!, elementCount(column))
  }
  return views as Views<C>
}

function createView(
  dtype: DType,
  buffer: SharedArrayBuffer,
  offset: number,
  length: number,
): ArrayTypes[DType] {
  switch (dtype) {
    case 'f64':
      return new Float64Array(buffer, offset, length)
    case 'f32':
      return new Float32Array(buffer, offset, length)
    case 'i32':
      return new Int32Array(buffer, offset, length)
    case 'u32':
      return new Uint32Array(buffer, offset, length)
    case 'u16':
      return new Uint16Array(buffer, offset, length)
    case 'u8':
      return new Uint8Array(buffer, offset, length)
  }
}
