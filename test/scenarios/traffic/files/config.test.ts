import { join } from 'node:path'
import t from 'tap'
import { readConfig } from '../../../../scenarios/traffic/files/config.ts'
import { smallConfig, smallFlows, smallRoadnet, writeFiles } from '../_files.ts'

const files = () => ({
  'config.json': smallConfig(),
  'roadnet.json': smallRoadnet(),
  'flow.json': smallFlows(),
})

t.test('a config is read by its name or its folder, files beside it', async (t) => {
  const folder = writeFiles(t.testdir(), files())
  const config = readConfig(join(folder, 'config.json'))
  t.same(config, {
    interval: 1,
    seed: 0,
    dir: `${folder}/./`,
    roadnetFile: join(folder, 'roadnet.json'),
    flowFile: join(folder, 'flow.json'),
    rlTrafficLight: false,
    laneChange: false,
    saveReplay: false,
    roadnetLogFile: undefined,
    replayLogFile: undefined,
  })
  t.same(readConfig(folder), config)
})

t.test('the folder is put before names as it stands, whether relative, absolute or a prefix', async (t) => {
  const folder = writeFiles(t.testdir({ city: {} }), { 'config.json': smallConfig() })
  writeFiles(join(folder, 'city'), { 'a_roadnet.json': {}, 'roadnet.json': {} })
  const roadnetWith = (dir: string) =>
    readConfig(writeFiles(folder, { 'config.json': { ...smallConfig(), dir } })).roadnetFile
  t.equal(roadnetWith('city/'), join(folder, 'city/roadnet.json'))
  t.equal(roadnetWith(`${folder}/city/`), join(folder, 'city/roadnet.json'))
  t.equal(roadnetWith('city/a_'), join(folder, 'city/a_roadnet.json'))
})

t.test('a roadnet that is not beside the config is looked for from the working directory', async (t) => {
  const folder = writeFiles(t.testdir({ elsewhere: {} }), files())
  writeFiles(join(folder, 'elsewhere'), { 'config.json': smallConfig() })
  const home = process.cwd()
  t.teardown(() => process.chdir(home))
  process.chdir(folder)
  const config = readConfig('elsewhere')
  t.same([config.roadnetFile, config.flowFile], [join(folder, 'roadnet.json'), join(folder, 'flow.json')])
})

t.test('replay files are named when they are written', async (t) => {
  const config = {
    ...smallConfig(),
    saveReplay: true,
    roadnetLogFile: 'roads.json',
    replayLogFile: 'replay.txt',
  }
  const folder = writeFiles(t.testdir(), { ...files(), 'config.json': config })
  t.match(readConfig(folder), {
    roadnetLogFile: join(folder, 'roads.json'),
    replayLogFile: join(folder, 'replay.txt'),
  })
})

t.test('lane changes may be left out and are off then', async (t) => {
  const { laneChange, ...config } = smallConfig()
  const folder = writeFiles(t.testdir(), { ...files(), 'config.json': { ...config, comment: 'x' } })
  t.equal(readConfig(folder).laneChange, laneChange)
  writeFiles(folder, { 'config.json': { ...config, laneChange: true } })
  t.equal(readConfig(folder).laneChange, true)
})

t.test('what is missing is named, with the places looked at', async (t) => {
  const folder = writeFiles(t.testdir(), { 'config_a.json': '', 'config_b.json': '', 'flow.json': '' })
  t.throws(() => readConfig(folder), {
    code: 'ERR_FILE_MISSING',
    message: /holds no config\.json; name one of config_a\.json, config_b\.json/,
  })
  t.throws(() => readConfig(join(folder, 'none')), { code: 'ERR_FILE_MISSING', message: /ENOENT/ })
  writeFiles(folder, { 'config.json': smallConfig() })
  t.throws(() => readConfig(folder), {
    code: 'ERR_FILE_MISSING',
    message: /roadnetFile: expected a file, got nothing at .*roadnet\.json or .*roadnet\.json/,
  })
})
