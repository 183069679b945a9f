import t from 'tap'
import { openBackend } from '../../../learners/backend.ts'
import { attention } from '../../../learners/networks/attention.ts'
import { tf } from '../../../learners/tf.ts'

const [N, B, HEADS, DEPTH] = [4, 6, 3, 5] as const
const WIDTH = HEADS * DEPTH

interface Inputs {
  readonly target: tf.Tensor2D
  readonly source: tf.Tensor2D
  readonly content: tf.Tensor2D
}

/** Which of its neighbours every agent has; one has none, and one has all. */
const PRESENT = Array.from({ length: N }, (_, block) =>
  Array.from({ length: B }, (_, agent) => (block === 0 || (agent + 2) % (block + 2) === 0 ? 1 : 0)),
)

function draw(): Inputs {
  return {
    target: tf.randomNormal([B, WIDTH], 0, 1, 'float32', 1),
    source: tf.randomNormal([N * B, WIDTH], 0, 1, 'float32', 2),
    content: tf.randomNormal([N * B, WIDTH], 0, 1, 'float32', 3),
  }
}

function present(): tf.Tensor2D {
  return tf.tensor2d(PRESENT.map((row) => [...row]))
}

/** attention, number by number: the independent definition. */
function slow({ target, source, content }: Inputs): number[][] {
  const [t, s, c] = [target.arraySync(), source.arraySync(), content.arraySync()]
  return t.map((row, agent) =>
    row.map((_, i) => {
      const head = Math.floor(i / DEPTH)
      const powers = PRESENT.map((counts, block) => {
        let score = 0
        for (let k = head * DEPTH; k < (head + 1) * DEPTH; k++) score += row[k]! * s[block * B + agent]![k]!
        return counts[agent] === 1 ? Math.exp(score / Math.sqrt(DEPTH)) : 0
      })
      const total = powers.reduce((sum, power) => sum + power, 0)
      return powers.reduce((sum, power, block) => sum + (power / total) * c[block * B + agent]![i]!, 0)
    }),
  )
}

/** A number that every output counts in, each in its own measure. */
function lossOf({ target, source, content }: Inputs): tf.Scalar {
  const weight = tf.randomNormal<tf.Rank.R2>([B, WIDTH], 0, 1, 'float32', 4)
  return tf.sum(tf.mul(tf.square(attention(target, source, content, present(), HEADS)), weight)) as tf.Scalar
}

for (const backend of ['wasm', 'cpu'] as const) {
  t.test(`values are those of the slow definition on ${backend}`, async (t) => {
    await openBackend(backend)
    const [got, expected] = tf.tidy(() => {
      const inputs = draw()
      return [
        attention(inputs.target, inputs.source, inputs.content, present(), HEADS).arraySync(),
        slow(inputs),
      ]
    })
    const far = got!.flatMap((row, i) => row.map((value, j) => Math.abs(value - expected![i]![j]!)))
    t.ok(Math.max(...far) < 1e-5, `${Math.max(...far)}`)
  })

  t.test(`gradients are finite differences' on ${backend}, and 0 for who is absent`, async (t) => {
    await openBackend(backend)
    const names = ['target', 'source', 'content'] as const
    const inputs = draw()
    const gradients = tf.tidy(() =>
      tf
        .grads((target, source, content) => lossOf({ target, source, content } as Inputs))(
          names.map((name) => inputs[name]),
        )
        .map((gradient) => gradient.arraySync() as number[][]),
    )
    const step = 1e-2
    for (const [i, name] of names.entries()) {
      const rows = inputs[name].arraySync()
      const differ = (row: number, column: number, by: number) =>
        tf.tidy(() => {
          const moved = rows.map((values) => [...values])
          moved[row]![column]! += by
          return lossOf({ ...inputs, [name]: tf.tensor2d(moved) }).dataSync()[0]!
        })
      const far: number[] = []
      for (let row = 0; row < rows.length; row++) {
        const column = (row * 7) % WIDTH
        const difference = (differ(row, column, step) - differ(row, column, -step)) / (2 * step)
        far.push(Math.abs(difference - gradients[i]![row]![column]!))
      }
      t.ok(Math.max(...far) < 0.01, `${name}: ${Math.max(...far)}`)
    }
    for (const gradient of gradients.slice(1)) {
      const absent = gradient.filter((_, row) => PRESENT[Math.floor(row / B)]![row % B] === 0)
      t.ok(absent.length > 0 && absent.every((row) => row.every((value) => value === 0)))
    }
    tf.dispose(Object.values(inputs))
  })
}

t.test('it leaves no tensor behind', async (t) => {
  await openBackend('wasm')
  const inputs = draw()
  const before = tf.memory().numTensors
  const { value, grads } = tf.valueAndGrads((target, source, content) =>
    tf.tidy(() => lossOf({ target, source, content } as Inputs)),
  )(Object.values(inputs))
  tf.dispose([value, ...grads])
  t.equal(tf.memory().numTensors, before)
  tf.dispose(Object.values(inputs))
})
