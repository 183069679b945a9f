import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { capability, curveKeyPair } from 'zeromq'
import type { RunId } from './run-id.ts'

/** Longest path that `sockaddr_un` takes on every system we run on. */
const MAX_SOCKET_PATH_BYTES = 103

/** Where one host's processes meet: a Unix socket named after the run, else loopback with a free port. */
export function ipcEndpoint(runId: RunId): string {
  const path = join(tmpdir(), `manyfold-${runId}.ipc`)
  const isUsable = capability.ipc === true && Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES
  return isUsable ? `ipc://${path}` : 'tcp://127.0.0.1:*'
}

/** The file behind an `ipc://` endpoint; undefined for any other, and for Linux's abstract names. */
export function socketFile(endpoint: string): string | undefined {
  const [, path] = /^ipc:\/\/([^@*].*)$/.exec(endpoint) ?? []
  return path
}

/** A CURVE key pair, each key in 40 characters of Z85. */
export interface CurveKeys {
  readonly publicKey: string
  readonly secretKey: string
}

/** A fresh key pair; a server hands its public key to those who may join. */
export function createCurveKeys(): CurveKeys {
  return curveKeyPair()
}
