/** Rows under a header, as files have them. */

/** Comma-separated values as RFC 4180 has them; an absent or infinite figure is an empty field or `Infinity`. */
export function toCsv(
  header: readonly string[],
  rows: readonly (readonly (string | number | undefined)[])[],
): string {
  const field = (value: string | number | undefined): string => {
    const text = value === undefined || Number.isNaN(value) ? '' : String(value)
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return [header, ...rows].map((row) => `${row.map(field).join(',')}\n`).join('')
}

/** A Markdown table; nothing in a cell is taken for markup of tables or HTML. */
export function toMarkdown(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string) =>
    text
      .replaceAll(/[\r\n]+/g, ' ')
      .replaceAll('|', '\\|')
      .replaceAll('<', '&lt;')
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |\n`
  return [header, header.map(() => '---'), ...rows].map(line).join('')
}

/** True for the cells of a column of numbers, some of which may be absent. */
export function areFigures(cells: readonly string[]): boolean {
  return cells.some((cell) => cell !== '') && cells.every((cell) => /^([-−]?[\d∞].*)?$/.test(cell))
}

/** `63%` */
export function percent(share: number): string {
  return `${(100 * share).toFixed(0)}%`
}

/** `12 – 34` */
export function interval(
  ends: readonly [number, number] | undefined,
  format: (end: number) => string,
): string {
  return ends === undefined ? '' : `${format(ends[0])} – ${format(ends[1])}`
}

/** `1 run`, `2 runs` */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
