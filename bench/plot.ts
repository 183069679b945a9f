import { writeFile } from 'node:fs/promises'
import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'

/** Draws a Vega-Lite specification into an SVG file. */
export async function plot(spec: TopLevelSpec, file: string): Promise<void> {
  const view = new View(parse(compile(spec).spec), { renderer: 'none' })
  await writeFile(file, `${await view.toSVG()}\n`)
}
