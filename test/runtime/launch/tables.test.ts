import t from 'tap'
import { areFigures, interval, percent, toCsv, toMarkdown } from '../../../runtime/launch/tables.ts'

t.test('fields of CSV are quoted where they need it', async (t) => {
  const csv = toCsv(
    ['name', 'value'],
    [
      ['a,b', 1.5],
      ['say "hi"\nthere', undefined],
      ['c', Number.NaN],
    ],
  )
  t.equal(csv, 'name,value\n"a,b",1.5\n"say ""hi""\nthere",\nc,\n')
})

t.test('nothing in a cell breaks a Markdown table', async (t) => {
  t.equal(toMarkdown(['a', 'b'], [['x|y', '<b>\nz']]), '| a | b |\n| --- | --- |\n| x\\|y | &lt;b> z |\n')
})

t.test('a column is of figures when all of its cells are, and some are there', async (t) => {
  t.ok(areFigures(['1', '', '∞', '−2 – 3', '-4%']))
  t.notOk(areFigures(['1', 'one']))
  t.notOk(areFigures(['', '']))
})

t.test('shares and intervals in words', async (t) => {
  t.equal(percent(0.634), '63%')
  t.equal(interval([0.1, 0.25], percent), '10% – 25%')
  t.equal(interval(undefined, percent), '')
})
