import { RuntimeError } from '../errors.ts'

/** Element types that a shared column may hold. */
export type DType = 'f64' | 'f32' | 'i32' | 'u32' | 'u16' | 'u8'

/** One column: `shape` is row-major, outermost axis first, e.g. `[T, N, O]`. */
export interface Column<D extends DType = DType> {
  readonly dtype: D
  readonly shape: readonly number[]
}

export type Columns = Readonly<Record<string, Column>>

interface ArrayTypes<B extends ArrayBufferLike> {
  readonly f64: Float64Array<B>
  readonly f32: Float32Array<B>
  readonly i32: Int32Array<B>
  readonly u32: Uint32Array<B>
  readonly u16: Uint16Array<B>
  readonly u8: Uint8Array<B>
}

type View = ArrayTypes<SharedArrayBuffer>[DType]

/** The typed arrays of a layout, by column name. */
export type Views<C extends Columns> = {
  readonly [K in keyof C]: ArrayTypes<SharedArrayBuffer>[C[K]['dtype']]
}

/** Arrays by name, in memory of their own: what is to be copied into columns of the same names. */
export type Arrays = Readonly<Record<string, ArrayTypes<ArrayBufferLike>[DType]>>

/** The columns that hold the arrays. */
export type ColumnsOf<A extends Arrays> = { readonly [K in keyof A]: Column<DTypeOf<A[K]>> }

type DTypeOf<T> = { readonly [D in DType]: T extends ArrayTypes<ArrayBufferLike>[D] ? D : never }[DType]

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

const DTYPES: Readonly<Record<Arrays[string][typeof Symbol.toStringTag], DType>> = {
  Float64Array: 'f64',
  Float32Array: 'f32',
  Int32Array: 'i32',
  Uint32Array: 'u32',
  Uint16Array: 'u16',
  Uint8Array: 'u8',
}

/** Columns of the arrays' types and lengths. */
export function columnsOf<A extends Arrays>(arrays: A): ColumnsOf<A> {
  const columns = Object.entries(arrays).map(([name, array]): [string, Column] => [
    name,
    { dtype: DTYPES[array[Symbol.toStringTag]], shape: [array.length] },
  ])
  return Object.fromEntries(columns) as ColumnsOf<A>
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
  const views: Record<string, View> = {}
  for (const [name, column] of Object.entries(layout.columns)) {
    views[name] = createView(column.dtype, buffer, base + layout.offsets[name]!, elementCount(column))
  }
  return views as Views<C>
}

function createView(dtype: DType, buffer: SharedArrayBuffer, offset: number, length: number): View {
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
