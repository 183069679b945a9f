import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { RuntimeError } from '../core/errors.ts'
import { isSystemError } from './file-errors.ts'

const PREFIX = 'manyfold_'
const MAX_PORT = 65_535

export interface PrometheusOptions {
  /** 0 lets the system choose. */
  readonly port: number
  /** Address to listen on; only this machine can reach the default. */
  readonly host?: string
}

/** Serves the latest values at `GET /metrics`, until closed. Does not keep the process alive. */
export interface Prometheus {
  /** The port listened on, also when the system chose it. */
  readonly port: number
  /** Sets the gauge of a metric, made on first use. */
  set(metric: string, value: number): void
  close(): Promise<void>
}

/**
 * Starts the endpoint, with the process's own metrics (memory, processor, event loop) beside ours.
 *
 * @throws RuntimeError ERR_CONFIG_INVALID when the port cannot be listened on
 */
export async function openPrometheus({ port, host = '127.0.0.1' }: PrometheusOptions): Promise<Prometheus> {
  if (!Number.isInteger(port) || port < 0 || port > MAX_PORT)
    throw unusable(port, host, `it is not 0 … ${MAX_PORT}`)
  const registry = new Registry()
  const server = createServer(answerFrom(registry))
  await listen(server, port, host)
  server.unref()
  collectDefaultMetrics({ register: registry })

  const gauges = createGauges(registry)
  return {
    port: (server.address() as AddressInfo).port,
    set: (metric, value) => gauges(metric).set(value),
    async close() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      registry.clear()
    },
  }
}

/** `learner/policy loss` becomes `manyfold_learner_policy_loss`. */
export function prometheusName(metric: string): string {
  return PREFIX + metric.replaceAll(/[^A-Za-z0-9_]+/g, '_')
}

/** Metrics whose names become the same get a number behind them, in the order of their first use. */
function createGauges(registry: Registry): (metric: string) => Gauge {
  const gauges = new Map<string, Gauge>()
  return (metric) => {
    const known = gauges.get(metric)
    if (known !== undefined) return known
    let name = prometheusName(metric)
    for (let n = 2; registry.getSingleMetric(name) !== undefined; n++) name = `${prometheusName(metric)}_${n}`
    const gauge = new Gauge({ name, help: metric, registers: [registry] })
    gauges.set(metric, gauge)
    return gauge
  }
}

function answerFrom(registry: Registry): RequestListener {
  return (request, response) => {
    const [path] = (request.url ?? '').split('?')
    if (path !== '/metrics') {
      response.writeHead(404).end('expected /metrics\n')
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end('expected GET\n')
    } else {
      registry.metrics().then(
        (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
        (error: unknown) => response.writeHead(500).end(`${String(error)}\n`),
      )
    }
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(asUnusable(error, port, host)))
    server.listen(port, host, resolve)
  })
}

function asUnusable(error: Error, port: number, host: string): Error {
  if (!isSystemError(error)) return error
  const reasons: Readonly<Record<string, string>> = {
    EACCES: 'this user may not listen on it',
    EADDRINUSE: 'another program listens on it',
    EADDRNOTAVAIL: 'this machine has no such address',
  }
  return unusable(port, host, reasons[error.code] ?? error.code, error)
}

function unusable(port: number, host: string, reason: string, cause?: unknown): RuntimeError {
  const what = `prometheus port ${port} on ${host} cannot be used, ${reason}`
  const message = `${what}; choose another port, or 0 to let the system choose`
  return new RuntimeError('ERR_CONFIG_INVALID', message, { details: { port, host }, cause })
}
