import { closest, distance } from 'fastest-levenshtein'
import { z } from 'zod'
import { RuntimeError } from './errors.ts'

/** One option as help texts, flags and docs show it, read off its schema. */
export interface Field {
  /** Key in a config file, in camel case. */
  readonly key: string
  /** Flag without its dashes, in kebab case. */
  readonly flag: string
  readonly type: 'number' | 'string' | 'boolean' | 'list'
  readonly choices: readonly string[] | undefined
  /** As one types it behind the flag. */
  readonly default: string | undefined
  readonly description: string
}

interface JsonProperty {
  readonly type?: string
  readonly enum?: readonly string[]
  readonly default?: string | number | boolean | readonly (string | number)[]
  readonly description?: string
}

export function toFlag(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** The options of a schema, in its order. */
export function fieldsOf(schema: z.ZodObject): Field[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' }) as {
    properties?: Record<string, JsonProperty>
  }
  return Object.entries(properties).map(([key, property]) => ({
    key,
    flag: toFlag(key),
    type: FIELD_TYPES[property.type ?? ''] ?? 'string',
    choices: property.enum,
    default: property.default === undefined ? undefined : String(property.default),
    description: property.description ?? '',
  }))
}

const FIELD_TYPES: Readonly<Record<string, Field['type']>> = {
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  array: 'list',
}

/** Where a config's values came from, for its error messages. */
export type Source = 'flag' | 'file'

export interface Layer {
  readonly source: Source
  /** `command line`, or the file's path. */
  readonly name: string
  readonly values: Readonly<Record<string, unknown>>
}

/**
 * One complete config from layers, the strongest first, and the schema's defaults.
 *
 * @throws ERR_CONFIG_UNKNOWN_KEY naming the nearest known key
 * @throws ERR_CONFIG_INVALID naming every wrong value, where it stands and what was expected
 */
export function resolveConfig<S extends z.ZodObject>(schema: S, layers: readonly Layer[]): z.output<S> {
  const fields = fieldsOf(schema)
  for (const layer of layers) refuseUnknown(fields, layer)
  const values: Record<string, unknown> = {}
  for (const layer of [...layers].reverse()) Object.assign(values, layer.values)
  const result = schema.safeParse(values)
  if (result.success) return result.data
  // One complaint for each option: a value out of range often breaks several rules at once.
  const first = result.error.issues.filter(
    ({ path }, i, all) => all.findIndex((other) => other.path[0] === path[0]) === i,
  )
  const lines = first.map((issue) => describeIssue(issue, values, layers))
  throw new RuntimeError('ERR_CONFIG_INVALID', lines.join('; '), { details: { issues: result.error.issues } })
}

function refuseUnknown(fields: readonly Field[], { source, name, values }: Layer): void {
  const shown = (field: Field) => (source === 'flag' ? `--${field.flag}` : field.key)
  for (const key of Object.keys(values)) {
    if (fields.some((field) => field.key === key)) continue
    const wrong = source === 'flag' ? `--${toFlag(key)}` : key
    throw new RuntimeError(
      'ERR_CONFIG_UNKNOWN_KEY',
      `${name}: unknown option ${wrong}${suggest(wrong, fields.map(shown))}`,
      { details: { key, source: name } },
    )
  }
}

/** Names further away than this share of their letters are no misspelling. */
const NEAR = 0.5

/** `; did you mean …?` when one of the names is near, else where to look. */
export function suggest(wrong: string, names: readonly string[]): string {
  if (names.length === 0) return ''
  const nearest = closest(wrong, names)
  const isNear = distance(wrong, nearest) <= NEAR * nearest.replace(/^-+/, '').length
  return isNear ? `; did you mean ${nearest}?` : '; see --help'
}

/** Where an option's value stands: as a flag, or in a file. */
export function placeOf(key: string, layers: readonly Layer[]): string {
  const layer = layers.find(({ values }) => values[key] !== undefined)
  return layer === undefined || layer.source === 'flag' ? `--${toFlag(key)}` : `${layer.name}: ${key}`
}

function describeIssue(
  issue: z.core.$ZodIssue,
  values: Readonly<Record<string, unknown>>,
  layers: readonly Layer[],
): string {
  const key = String(issue.path[0] ?? '')
  return `${placeOf(key, layers)}: ${issue.message.replace(/^[A-Z]/, (letter) => letter.toLowerCase())}, got ${JSON.stringify(values[key])}`
}

/**
 * A flag's text as the value that its field wants; what cannot be one is left as it is, for the schema to refuse.
 */
export function parseFlag(field: Field, text: unknown): unknown {
  if (typeof text !== 'string') return text
  switch (field.type) {
    case 'number':
      return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text)
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text
    case 'list':
      return text.split(',').map((item) => (Number.isNaN(Number(item)) ? item : Number(item)))
    case 'string':
      return text
  }
}
