import t from 'tap'
import { openBackend } from '../../learners/backend.ts'
import { lossAndGradients } from '../../learners/math/gradients.ts'
import { dense } from '../../learners/networks/dense.ts'
import { Adam } from '../../learners/optimizer.ts'
import { tf } from '../../learners/tf.ts'
import type { NamedTensors } from '../../runtime/core/tensors.ts'

t.before(async () => {
  await openBackend('wasm')
})

/** A small network on fixed data; every instance starts from the same numbers. */
function createTraining() {
  const parameters = {
    kernel0: tf.variable(tf.randomNormal<tf.Rank.R2>([6, 16], 0, 0.5, 'float32', 1)),
    bias0: tf.variable(tf.zeros<tf.Rank.R1>([16])),
    kernel1: tf.variable(tf.randomNormal<tf.Rank.R2>([16, 2], 0, 0.5, 'float32', 2)),
    bias1: tf.variable(tf.zeros<tf.Rank.R1>([2])),
  }
  const adam = new Adam(parameters, { learningRate: 0.01 })
  const x = tf.randomNormal<tf.Rank.R2>([32, 6], 0, 1, 'float32', 3)
  const target = tf.randomNormal<tf.Rank.R2>([32, 2], 0, 1, 'float32', 4)
  const loss = (): tf.Scalar => {
    const hidden = dense(
      x,
      parameters.kernel0 as tf.Tensor2D,
      parameters.bias0 as tf.Tensor1D,
      'relu',
      'data',
    )
    const y = dense(hidden, parameters.kernel1 as tf.Tensor2D, parameters.bias1 as tf.Tensor1D, 'linear')
    return tf.mean(tf.square(tf.sub(y, target)))
  }
  const update = (): number =>
    tf.tidy(() => {
      const { loss: value, gradients } = lossAndGradients(loss, parameters)
      adam.step(gradients)
      return value.dataSync()[0] as number
    })
  const bytes = () =>
    Object.values(parameters).map((p) => Buffer.from(p.dataSync().slice().buffer).toString('hex'))
  return { parameters, adam, update, bytes }
}

t.test('steps equal algorithm 1 of the paper, computed by hand', (t) => {
  const theta = tf.variable(tf.tensor1d([1, -2]))
  const adam = new Adam({ theta }, { learningRate: 0.1 })
  const expected = [1, -2]
  const [m, v] = [
    [0, 0],
    [0, 0],
  ] as [number[], number[]]
  for (let step = 1; step <= 5; step++) {
    const gradient = [0.5 * step, -0.1 / step]
    tf.tidy(() => adam.step({ theta: tf.tensor1d(gradient) }))
    for (const i of [0, 1]) {
      const g = gradient[i] as number
      m[i] = 0.9 * (m[i] as number) + 0.1 * g
      v[i] = 0.999 * (v[i] as number) + 0.001 * g * g
      const [mHat, vHat] = [m[i] / (1 - 0.9 ** step), v[i] / (1 - 0.999 ** step)]
      expected[i] = (expected[i] as number) - (0.1 * mHat) / (Math.sqrt(vHat) + 1e-8)
    }
  }
  const found = [...theta.dataSync()]
  t.ok(
    found.every((value, i) => Math.abs(value - (expected[i] as number)) < 1e-5),
    `${found.join(', ')} against ${expected.join(', ')}`,
  )
  t.equal(adam.steps, 5)
  t.end()
})

t.test('equals tf.train.adam with the same epsilon', (t) => {
  const ours = tf.variable(tf.tensor1d([1, 2, 3]))
  const theirs = tf.variable(tf.tensor1d([1, 2, 3]), true, 'theirs')
  const adam = new Adam({ ours })
  const reference = tf.train.adam(1e-3, 0.9, 0.999, 1e-8)
  for (let i = 0; i < 20; i++) {
    tf.tidy(() => {
      const gradient = tf.randomNormal([3], 0, 1, 'float32', i)
      adam.step({ ours: gradient })
      reference.applyGradients({ theirs: gradient as tf.Variable })
    })
  }
  const [a, b] = [ours.dataSync(), theirs.dataSync()]
  t.ok(
    a.every((value, i) => Math.abs(value - (b[i] as number)) < 1e-6),
    `${a.join(', ')} against ${b.join(', ')}`,
  )
  t.end()
})

t.test('a run stopped and resumed equals, byte for byte, one that was not', async (t) => {
  const whole = createTraining()
  for (let i = 0; i < 30; i++) whole.update()

  const first = createTraining()
  for (let i = 0; i < 12; i++) first.update()
  const state = await first.adam.save()
  const values = Object.entries(first.parameters).map(([name, p]) => [name, p.dataSync().slice()] as const)
  first.update() // must not touch what was saved

  const resumed = createTraining()
  resumed.adam.load(state)
  for (const [name, data] of values) {
    const parameter: tf.Variable = resumed.parameters[name as keyof typeof resumed.parameters]
    tf.tidy(() => parameter.assign(tf.tensor(data, parameter.shape)))
  }
  t.equal(resumed.adam.steps, 12)
  for (let i = 12; i < 30; i++) resumed.update()
  t.same(resumed.bytes(), whole.bytes())
  t.same(await resumed.adam.save(), await whole.adam.save())
})

t.test('two runs give identical bytes', (t) => {
  const runs = [createTraining(), createTraining()]
  for (const { update } of runs) for (let i = 0; i < 25; i++) update()
  t.same(runs[0]?.bytes(), runs[1]?.bytes())
  t.end()
})

t.test('200 updates leak no tensor and lower the loss', (t) => {
  const { update, adam } = createTraining()
  const start = update()
  const before = tf.memory().numTensors
  let end = start
  for (let i = 0; i < 200; i++) end = update()
  t.equal(tf.memory().numTensors, before)
  t.ok(end < start / 2, `${start} to ${end}`)
  adam.dispose()
  t.equal(tf.memory().numTensors, before - 8)
  t.end()
})

t.test('a learning rate given with a step is the one used', (t) => {
  const theta = tf.variable(tf.tensor1d([0]))
  const adam = new Adam({ theta }, { learningRate: 0.1 })
  tf.tidy(() => adam.step({ theta: tf.tensor1d([1]) }, 0.5))
  t.ok(Math.abs((theta.dataSync()[0] as number) + 0.5) < 1e-6)
  t.end()
})

t.test('a state of another network is refused and changes nothing', async (t) => {
  const { adam, update } = createTraining()
  update()
  const good = await adam.save()
  const { ['first/bias1']: _, ...lacking } = good
  const wrongShape = {
    ...good,
    'second/bias1': { dtype: 'f32', shape: [3], data: new Float32Array(3) },
  } as NamedTensors
  const wrongType = {
    ...good,
    steps: { dtype: 'f32', shape: [1], data: new Float32Array(1) },
  } as NamedTensors
  for (const state of [lacking, wrongShape, wrongType, {}]) {
    t.throws(() => adam.load(state), { code: 'ERR_CHECKPOINT_MISMATCH' })
  }
  t.same(await adam.save(), good)
})
