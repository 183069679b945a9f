import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'

const ROOT = new URL('../../../', import.meta.url)

t.test('it prints what the red army sees of itself', async (t) => {
  const program = fileURLToPath(new URL('build/examples/dense-observations.js', ROOT))
  const { stdout } = await promisify(execFile)(process.execPath, [program])
  const [sizes, ...soldiers] = stdout.trimEnd().split('\n')
  t.equal(sizes, 'views of 7 × 13 × 13 × 7, features of 7 × 34')
  t.equal(soldiers.length, 7)
  const shares = soldiers.map((line) => Number(/^red soldier \d+ has (\d+) % of its hp$/.exec(line)![1]))
  t.ok(shares.every((share) => share > 0 && share <= 100))
  t.ok(shares.some((share) => share < 100))
})

t.test('the page that explains grid worlds shows it as it is', async (t) => {
  const page = await readFile(new URL('docs/gridworld.md', ROOT), 'utf8')
  const file = await readFile(new URL('examples/dense-observations.ts', ROOT), 'utf8')
  t.ok(page.includes(`\`\`\`ts examples/dense-observations.ts\n${file}\`\`\`\n`))
})
