import type { Fields } from './fields.ts'
import { JsonKind } from './json.ts'

export const INTERSECTION_ID = 'the id of an intersection'
export const ROAD_ID = 'the id of a road'

/** Where intersections and roads stand in the file, and which text names which. */
export interface Ids {
  readonly intersectionNodes: readonly number[]
  readonly roadNodes: readonly number[]
  readonly intersections: readonly string[]
  readonly roads: readonly string[]
  /** By number of a text: the intersection or road of this id, or −1. */
  readonly intersectionOf: Int32Array
  readonly roadOf: Int32Array
}

/** Numbers intersections and roads in the order of the file. */
export function readIds(fields: Fields): Ids {
  const { document } = fields
  fields.isObject(0, 'an object with "intersections" and "roads"')
  const intersectionNodes = [
    ...fields.elements(fields.array(0, 'intersections', 'an array of intersections', 1)),
  ]
  const roadNodes = [...fields.elements(fields.array(0, 'roads', 'an array of roads', 1))]
  const isVirtual = (node: number) => document.kind[fields.find(node, 'virtual')] === JsonKind.true
  // Data sets name nodes at the rim twice; nothing is decided there, and the last one counts.
  const bothVirtual = (one: number, other: number) => isVirtual(one) && isVirtual(other)
  const intersectionOf = numberIds(fields, intersectionNodes, 'an intersection', bothVirtual)
  const roadOf = numberIds(fields, roadNodes, 'a road', () => false)
  const nameOf = (node: number) => document.texts[document.value[fields.find(node, 'id')]!] ?? ''
  return {
    intersectionNodes,
    roadNodes,
    intersections: intersectionNodes.map(nameOf),
    roads: roadNodes.map(nameOf),
    intersectionOf,
    roadOf,
  }
}

function numberIds(
  fields: Fields,
  nodes: readonly number[],
  what: string,
  mayShare: (one: number, other: number) => boolean,
): Int32Array {
  const { document, problems } = fields
  const indexOf = new Int32Array(document.texts.length).fill(-1)
  nodes.forEach((node, index) => {
    if (!fields.isObject(node, what)) return
    const text = fields.text(node, 'id', `the id of ${what}`)
    if (text < 0) return
    const taken = indexOf[text]!
    if (taken >= 0 && !mayShare(nodes[taken]!, node)) {
      const remedy = `element ${taken} has the same; give each its own`
      problems.wrong(fields.find(node, 'id'), `an id that no other has`, remedy)
    }
    indexOf[text] = index
  })
  return indexOf
}

/** Index of what a member names, or −1 for a name that nothing has. */
export function readReference(
  fields: Fields,
  node: number,
  key: string,
  expected: string,
  indexOf: Int32Array,
): number {
  const text = fields.text(node, key, expected)
  if (text < 0) return -1
  const index = indexOf[text]!
  if (index < 0) fields.problems.wrong(fields.find(node, key), expected, 'nothing has this id')
  return index
}
