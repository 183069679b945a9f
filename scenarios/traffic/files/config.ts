import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { RuntimeError } from '../../../runtime/core/errors.ts'
import type { TrafficConfig } from '../demand.ts'
import { Fields, POSITIVE } from './fields.ts'
import { readJsonDocument } from './json.ts'
import { Problems } from './problems.ts'

const FILE_NAME = 'the name of a file'

/**
 * Reads how a simulation runs and where its files lie.
 *
 * A relative `dir` counts from the config's folder, as published data sets mean it; where the roadnet does not lie
 * there, from the working directory, as CityFlow takes it.
 *
 * @param path a config.json or the folder that holds one
 * @throws ERR_FILE_MISSING when there is no config or no roadnet
 * @throws ERR_FILE_INVALID naming the places that are wrong
 */
export function readConfig(path: string): TrafficConfig {
  const file = configIn(path)
  const document = readJsonDocument(file)
  const problems = new Problems(document)
  const fields = new Fields(document, problems)
  fields.isObject(0, 'an object with "roadnetFile", "flowFile" and so on')
  const nameOf = (key: string) => {
    const text = fields.text(0, key, FILE_NAME)
    if (document.texts[text] === '') problems.wrong(fields.find(0, key), FILE_NAME)
    return document.texts[text] ?? ''
  }
  const interval = fields.number(0, 'interval', POSITIVE)
  const seed = fields.integer(0, 'seed')
  const dir = document.texts[fields.text(0, 'dir', 'a folder, ended by "/"')] ?? ''
  const roadnetName = nameOf('roadnetFile')
  const flowName = nameOf('flowFile')
  const rlTrafficLight = fields.flag(0, 'rlTrafficLight')
  const laneChange = fields.optionalFlag(0, 'laneChange', false)
  const saveReplay = fields.flag(0, 'saveReplay')
  const logNames = saveReplay ? ['roadnetLogFile', 'replayLogFile'].map(nameOf) : []
  problems.throwIfAny()

  const base = baseOf(file, dir, roadnetName)
  const [roadnetLogFile, replayLogFile] = logNames.map((name) => resolve(base, dir + name))
  return {
    dir: isAbsolute(dir) ? dir : `${base}${sep}${dir}`,
    interval,
    seed,
    roadnetFile: resolve(base, dir + roadnetName),
    flowFile: resolve(base, dir + flowName),
    rlTrafficLight,
    laneChange,
    saveReplay,
    roadnetLogFile,
    replayLogFile,
  }
}

/** Whether a path names CityFlow's config, or a folder, in which there should be one: other configs name no road network. */
export function isCityFlowConfig(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat?.isFile()) return stat?.isDirectory() ?? false
  return path.endsWith('.json') && /"(roadnetFile|flowFile)"\s*:/.test(readFileSync(path, 'utf8'))
}

/** The config that a path means. */
function configIn(path: string): string {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path
  const file = join(path, 'config.json')
  if (existsSync(file)) return file
  const others = readdirSync(path).filter((name) => /^config.*\.json$/.test(name))
  const remedy = others.length > 0 ? `name one of ${others.join(', ')}` : 'name the config itself'
  throw new RuntimeError('ERR_FILE_MISSING', `${path}: holds no config.json; ${remedy}`, {
    details: { file, others },
  })
}

/** Folder from which `dir` counts: the config's, or the working directory. */
function baseOf(file: string, dir: string, roadnetName: string): string {
  const bases = [dirname(resolve(file)), process.cwd()]
  const base = bases.find((folder) => existsSync(resolve(folder, dir + roadnetName)))
  if (base !== undefined) return base
  const tried = [...new Set(bases.map((folder) => resolve(folder, dir + roadnetName)))]
  const message = `${file}: roadnetFile: expected a file, got nothing at ${tried.join(' or ')}; "dir" is put before its name as it stands, and a relative one counts from the config's folder or the working directory`
  throw new RuntimeError('ERR_FILE_MISSING', message, { details: { file, tried } })
}
