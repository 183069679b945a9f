import { spawnSync } from 'node:child_process'

const PYTHON = process.env['MANYFOLD_PYTHON'] ?? 'python3'
const REQUIRED = process.env['MANYFOLD_REQUIRE_PEERS'] === '1'

/**
 * Why a test that needs a Python module cannot run here; false when it can. With
 * MANYFOLD_REQUIRE_PEERS=1 it always runs, and fails where the module is missing.
 */
export function skipWithout(module: string): string | false {
  if (REQUIRED || spawnSync(PYTHON, ['-c', `import ${module}`]).status === 0) return false
  return `${PYTHON} cannot import ${module}: install it, or name another interpreter in MANYFOLD_PYTHON`
}

/** Runs a Python script and parses the JSON it prints. */
export function runPython(script: string, args: readonly string[]): unknown {
  const { status, stdout, stderr, error } = spawnSync(PYTHON, ['-c', script, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${PYTHON} ended with ${status}: ${error?.message ?? stderr}`)
  return JSON.parse(stdout)
}
