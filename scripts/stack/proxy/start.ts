import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { answers } from '../supervisor/answers.ts'
import type { Launch } from '../supervisor/process.ts'
import type { Stack } from '../supervisor/stack.ts'
import { nginxProcess } from './nginx-process.ts'
import { probe } from './prober.ts'
import type { ProxySettings } from './settings.ts'
import { proxyConfiguration } from './template.ts'
import { selfSignedCertificate } from './tls-certificate.ts'
import { openUpstreams, type Upstreams } from './upstreams.ts'

export type Proxy = {
  port: number
  readonly pid: number | null
  url: string
  upstreams: Upstreams
}

export type ProxyOptions = {
  /** NGINX's program. */
  bin: string
  /** The folder where a generated certificate is kept. */
  data: string
  settings: ProxySettings
  /** Addresses as `127.0.0.1:3001`. */
  nodes: string[]
}

/**
 * Starts NGINX in front of the nodes, and the prober that takes failing nodes out. Start it after the nodes: NGINX skips
 * a node that does not answer for 5 s.
 */
export async function startProxy(
  stack: Stack,
  options: ProxyOptions,
  say: (line: string) => void
): Promise<Proxy> {
  const { port, tls } = options.settings
  const upstreams = openUpstreams(
    upstreamFile(stack.run),
    options.nodes,
    nginxProcess(() => server.pid)
  )
  const server = stack.keep('proxy', 'nginx', await proxyLaunch(stack.run, options))
  // Not /health/ready: with TLS this port answers it with a redirect.
  await server.ready(() => answers(proxyMetrics(stack.run, port).NGINX_STATUS_URL))
  probe(upstreams, say)
  return {
    port,
    get pid() {
      return server.pid ?? null
    },
    url: tls ? `https://127.0.0.1:${tls.port}` : `http://127.0.0.1:${port}`,
    upstreams
  }
}

/** The variables by which a node finds the proxy's numbers, to show them as metrics. */
export const proxyMetrics = (run: string, port: number) => ({
  NGINX_STATUS_URL: `http://127.0.0.1:${port}/nginx-status`,
  NGINX_ACCESS_LOG: path.join(run, 'nginx-access.log')
})

async function proxyLaunch(run: string, { bin, data, settings }: ProxyOptions): Promise<Launch> {
  const tls = settings.tls && {
    port: settings.tls.port,
    ...(settings.tls.files ?? (await selfSignedCertificate(data)))
  }
  const file = path.join(run, 'nginx.conf')
  mkdirSync(path.join(run, 'tmp'), { recursive: true, mode: 0o700 })
  const text = proxyConfiguration({ ...settings, bin, run, upstream: upstreamFile(run), tls })
  writeFileSync(file, text, { mode: 0o600 })
  // -e: otherwise NGINX warns an ordinary user that it cannot write to /var/log/nginx.
  return { words: [bin, '-e', path.join(run, 'nginx.log'), '-p', run, '-c', file], stop: 'SIGQUIT' }
}

const upstreamFile = (run: string) => path.join(run, 'nginx-nodes.conf')
