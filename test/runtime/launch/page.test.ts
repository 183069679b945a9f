import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type Page, renderPage } from '../../../runtime/launch/page/page.ts'
import { openPage, skipWithoutBrowser } from '../../fixtures/browser.ts'

const EVIL = `</script><script>console.error('in')</script><img src=x onerror=console.error(1)> & "it's"`

const PAGE: Page = {
  title: EVIL,
  lead: [EVIL],
  written: new Date('2026-11-29T12:34:56Z'),
  sections: [
    {
      title: EVIL,
      blocks: [
        {
          kind: 'charts',
          charts: [
            {
              title: EVIL,
              caption: EVIL,
              data: {
                kind: 'curves',
                xLabel: EVIL,
                yLabel: EVIL,
                band: EVIL,
                curves: [
                  { name: EVIL, series: 0, points: [0, 1, 2].map((x) => ({ x, y: x * x, spread: x })) },
                  { name: 'one point', series: 9, points: [{ x: 1, y: 1, spread: 0 }] },
                  { name: 'none', series: 1, points: [] },
                ],
              },
            },
            {
              title: 'intervals',
              caption: '',
              data: {
                kind: 'intervals',
                label: EVIL,
                range: [0, 1],
                valueName: EVIL,
                intervalName: EVIL,
                pointsName: EVIL,
                rows: [
                  { name: EVIL, value: 0.5, interval: [0.2, 0.7], points: [0, 1] },
                  { name: 'b', value: 1 },
                ],
              },
            },
            {
              title: 'empty',
              caption: '',
              data: { kind: 'intervals', label: '', valueName: '', intervalName: '', rows: [] },
            },
          ],
        },
        {
          kind: 'table',
          header: [EVIL, 'figure', 'nothing'],
          rows: [
            [EVIL, '1.5', ''],
            ['', '∞', ''],
          ],
          caption: EVIL,
        },
        {
          kind: 'matrix',
          names: [EVIL, 'b'],
          cells: [
            [undefined, { share: 0.25, text: '25%', detail: EVIL }],
            [{ share: 1, text: '100%', detail: '' }, undefined],
          ],
          caption: '',
        },
      ],
    },
  ],
}

const html = renderPage(PAGE)

t.test('a page is complete in itself, and nothing in a name is markup', async (t) => {
  t.equal(html.match(/<script>console/g), null)
  t.equal(html.match(/<img/g), null)
  t.equal(html.match(/<\/script>/g)!.length, 3, 'data, library, drawing')
  t.match(html, /<h1>&lt;\/script&gt;&lt;script&gt;console\.error\(&#39;in&#39;\)/)
  t.match(html, /aria-label="&lt;\/script&gt;.* &amp; &quot;it&#39;s&quot;/)
  t.notMatch(html, /sourceMappingURL/)
  const own = html.replaceAll(/<script>[\s\S]*?<\/script>/g, '')
  t.notMatch(own, /https?:/, 'it names no address')
  t.match(html, /<footer>.*2026-11-29 12:34 UTC/)
  t.equal(html, renderPage(PAGE))
})

t.test('figures stand to the right, words to the left', async (t) => {
  t.match(html, /<td class="figure">1\.5<\/td>/)
  t.match(html, /<td class="figure">∞<\/td>/)
  t.match(html, /<td>&lt;\/script&gt;/)
  t.match(html, /<th>nothing<\/th>/)
})

t.test('the further from a half, the stronger a cell of the matrix is coloured', async (t) => {
  t.match(html, /var\(--low\) \/ calc\(0\.50 \* var\(--heat\)\)\)">25%/)
  t.match(html, /var\(--high\) \/ calc\(1\.00 \* var\(--heat\)\)\)">100%/)
})

t.test('a browser draws it without a word, in light and dark', { skip: skipWithoutBrowser() }, async (t) => {
  const folder = t.testdir()
  const file = join(folder, 'page.html')
  writeFileSync(file, html)
  for (const scheme of ['light', 'dark'] as const) {
    const { dom, console } = await openPage(file, scheme, join(folder, 'profile'))
    t.same(console, [], scheme)
    t.match(dom, / data-drawn="3"/)
  }
})

t.test(
  'however many curves there are, their names leave the plot its room',
  { skip: skipWithoutBrowser() },
  async (t) => {
    const folder = t.testdir()
    const names = Array.from(
      { length: 12 },
      (_, i) => `algorithm mfq, learningRate 0.000${i}, hidden [64,64,64]`,
    )
    const curves = names.map((name, series) => ({ name, series, points: [{ x: 1, y: 1, spread: 0 }] }))
    const charts = [curves.slice(0, 1), curves].map((own) => ({
      title: 'curves',
      caption: '',
      data: { kind: 'curves', xLabel: 'x', yLabel: 'y', band: '', curves: own } as const,
    }))
    const file = join(folder, 'page.html')
    writeFileSync(
      file,
      renderPage({ ...PAGE, sections: [{ title: '', blocks: [{ kind: 'charts', charts }] }] }),
    )
    const { dom, console } = await openPage(file, 'light', join(folder, 'profile'))
    t.same(console, [])
    const heights = [...dom.matchAll(/class="chart" style="height: (\d+)px/g)].map(([, height]) =>
      Number(height),
    )
    t.equal(heights.length, 2)
    t.ok(heights[1]! > heights[0]! + 100, heights.join(', '))
  },
)

t.test('a page that fails is noticed', { skip: skipWithoutBrowser() }, async (t) => {
  const folder = t.testdir({
    'page.html': html.replace('"kind":"curves"', '"kind":"curves","curves":null,"x":{'),
  })
  const { dom, console } = await openPage(join(folder, 'page.html'), 'light', join(folder, 'profile'))
  t.match(console, [/Uncaught SyntaxError/])
  t.notMatch(dom, /data-drawn/)
})
