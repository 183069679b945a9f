import { readFile } from 'node:fs/promises'
import t from 'tap'

const ROOT = new URL('../../../', import.meta.url)

t.test('the README shows the library example as it is', async (t) => {
  const readme = await readFile(new URL('README.md', ROOT), 'utf8')
  const file = await readFile(new URL('examples/train-and-play.ts', ROOT), 'utf8')
  const [, ...lines] = file.split('\n')
  t.match(file, /^\/\*\*/)
  t.ok(readme.includes(`\`\`\`ts\n${lines.join('\n')}\`\`\`\n`))
})
