import t from 'tap'
import {
  attackRange,
  moveRange,
  type Offset,
  spansOf,
  viewRange,
} from '../../../scenarios/gridworld/ranges.ts'
import { readRecording } from '../../fixtures/recordings.ts'

interface RecordedType {
  readonly attrs: {
    readonly width: number
    readonly length: number
    readonly speed: number
    readonly view_radius: number
    readonly attack_radius: number
  }
  readonly actions: number
  readonly moves: readonly { readonly id: number; readonly dxdy: readonly [number, number] }[]
  readonly attacks: readonly { readonly id: number; readonly dxdy_from_anchor: readonly [number, number] }[]
  readonly view_rows: number
  readonly view_cols: number
  readonly view_mask: readonly string[]
  readonly view_top_left_from_anchor: readonly [number, number]
}

const TYPES = Object.entries(readRecording<{ types: Record<string, RecordedType> }>('geometry.json').types)

const asPairs = (cells: readonly Offset[]) => cells.map(({ dx, dy }) => [dx, dy])

t.test('the agent types of all six scenarios are recorded', async (t) => {
  t.equal(TYPES.length, 9)
})

for (const [name, type] of TYPES) {
  const { width, length, speed, view_radius, attack_radius } = type.attrs

  t.test(`moves and attacks of ${name} are the engine's, in its order`, async (t) => {
    const moves = moveRange(speed)
    const attacks = attackRange(attack_radius, width, length)
    t.same(
      asPairs(moves),
      type.moves.map(({ dxdy }) => dxdy),
    )
    t.same(
      asPairs(attacks),
      type.attacks.map(({ dxdy_from_anchor }) => dxdy_from_anchor),
    )
    t.equal(moves.length + attacks.length, type.actions)
    const ids = [...type.moves, ...type.attacks].map(({ id }) => id)
    t.same(ids, [...ids.keys()])
  })

  t.test(`cells seen by ${name} are those of the engine's view mask, row by row`, async (t) => {
    const view = viewRange(view_radius, width, length)
    const [left, top] = type.view_top_left_from_anchor
    const expected = type.view_mask.flatMap((row, y) =>
      row.split('').flatMap((seen, x) => (seen === '1' ? [{ dx: left + x, dy: top + y }] : [])),
    )
    t.same(view.cells, expected)
    t.match(view, { left, top, width: type.view_cols, height: type.view_rows })
  })
}

for (const longest of [1, 4, 16]) {
  t.test(`spans of at most ${longest} cells cover a view once, in its order`, async (t) => {
    for (const [, { attrs }] of TYPES) {
      const view = viewRange(attrs.view_radius, attrs.width, attrs.length)
      const spans = spansOf(view, longest)
      const covered = spans.flatMap(({ first, length }) =>
        Array.from({ length }, (_, i) => ({ dx: first.dx + i, dy: first.dy })),
      )
      t.same(covered, view.cells)
      t.ok(spans.every(({ length }) => length <= longest))
    }
  })
}
