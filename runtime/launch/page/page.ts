import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { ChartData } from '../page-script/chart-data.ts'
import { areFigures } from '../tables.ts'
import { VERSION } from '../version.ts'
import { STYLE } from './style.ts'

/** A page of results. Every text in it is plain text. */
export interface Page {
  readonly title: string
  /** Sentences under the title. */
  readonly lead: readonly string[]
  readonly sections: readonly Section[]
  readonly written: Date
}

export interface Section {
  readonly title: string
  readonly blocks: readonly Block[]
}

export type Block = Charts | Table | Matrix

/** Charts side by side, where there is room. */
export interface Charts {
  readonly kind: 'charts'
  readonly charts: readonly Chart[]
}

export interface Chart {
  readonly title: string
  /** What it shows in words, for whoever cannot see it too; may be empty. */
  readonly caption: string
  readonly data: ChartData
}

export interface Table {
  readonly kind: 'table'
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly caption: string
}

/** A heat map: what a row has against each column. */
export interface Matrix {
  readonly kind: 'matrix'
  readonly names: readonly string[]
  /** [row][column]; undefined where there is nothing, as on the diagonal. */
  readonly cells: readonly (readonly (MatrixCell | undefined)[])[]
  readonly caption: string
}

export interface MatrixCell {
  /** In [0, 1], the cell's colour; there is none at a half. */
  readonly share: number
  readonly text: string
  /** Below the text, smaller. */
  readonly detail: string
}

/**
 * One HTML file that is complete in itself: style, scripts and data are in it, and it may load nothing.
 * Chart.js draws the charts, in the browser.
 */
export function renderPage({ title, lead, sections, written }: Page): string {
  const charts: ChartData[] = []
  const body = sections.map(
    (section) =>
      `<section><h2>${escapeHtml(section.title)}</h2>\n` +
      `${section.blocks.map((block) => renderBlock(block, charts)).join('\n')}</section>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>${escapeHtml(title)}</h1>
${lead.map((sentence) => `<p class="lead">${escapeHtml(sentence)}</p>`).join('\n')}</header>
<main>
${body.join('\n')}
</main>
<footer><p class="note">Manyfold ${escapeHtml(VERSION)}, ${written.toISOString().slice(0, 16).replace('T', ' ')} UTC</p></footer>
<noscript><p>The charts need JavaScript; the tables do without.</p></noscript>
<script type="application/json" id="charts">${JSON.stringify(charts).replaceAll('<', '\\u003c')}</script>
<script>${readScript(join(dirname(createRequire(import.meta.url).resolve('chart.js')), 'chart.umd.min.js'))}</script>
<script type="module">${readScript(new URL('../page-script/draw.js', import.meta.url))}</script>
</body>
</html>
`
}

function renderBlock(block: Block, charts: ChartData[]): string {
  switch (block.kind) {
    case 'charts':
      return `<div class="charts">${block.charts.map((chart) => renderChart(chart, charts)).join('\n')}</div>`
    case 'table':
      return renderTable(block)
    case 'matrix':
      return renderMatrix(block)
  }
}

function renderChart({ title, caption, data }: Chart, charts: ChartData[]): string {
  const index = charts.push(data) - 1
  return (
    `<figure><h3>${escapeHtml(title)}</h3><div class="chart"><canvas data-chart="${index}" role="img" ` +
    `aria-label="${escapeHtml(`${title}. ${caption}`)}"></canvas></div>${renderCaption(caption)}</figure>`
  )
}

function renderCaption(caption: string): string {
  return caption === '' ? '' : `<figcaption>${escapeHtml(caption)}</figcaption>`
}

function renderTable({ header, rows, caption }: Table): string {
  const figures = header.map((_, column) => areFigures(rows.map((row) => row[column]!)))
  const cell = (tag: string) => (text: string, column: number) =>
    `<${tag}${figures[column] ? ' class="figure"' : ''}>${escapeHtml(text)}</${tag}>`
  const line = (tag: string, texts: readonly string[]) => `<tr>${texts.map(cell(tag)).join('')}</tr>`
  return (
    `<figure><div class="scroll"><table><thead>${line('th', header)}</thead>` +
    `<tbody>${rows.map((row) => line('td', row)).join('\n')}</tbody></table></div>` +
    `${renderCaption(caption)}</figure>`
  )
}

function renderMatrix({ names, cells, caption }: Matrix): string {
  const head = names.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('')
  const rows = names.map(
    (name, row) =>
      `<tr><th scope="row">${escapeHtml(name)}</th>${cells[row]!.map((cell) => renderCell(cell)).join('')}</tr>`,
  )
  return (
    `<figure><div class="scroll"><table class="matrix"><thead><tr><td></td>${head}</tr></thead>` +
    `<tbody>${rows.join('\n')}</tbody></table></div>${renderCaption(caption)}</figure>`
  )
}

/** The further from a half, the stronger the colour. */
function renderCell(cell: MatrixCell | undefined): string {
  if (cell === undefined) return '<td></td>'
  const { share, text, detail } = cell
  const strength = Math.abs(2 * share - 1).toFixed(2)
  const colour = `rgb(var(${share < 0.5 ? '--low' : '--high'}) / calc(${strength} * var(--heat)))`
  return `<td style="background: ${colour}">${escapeHtml(text)}<small>${escapeHtml(detail)}</small></td>`
}

/** A script as it may stand in a page: no browser is to look for its source map. */
function readScript(file: string | URL): string {
  return readFileSync(file, 'utf8')
    .replace(/^\/\/# sourceMappingURL=.*$/m, '')
    .replaceAll('</script', '<\\/script')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => ENTITIES[letter]!)
}
