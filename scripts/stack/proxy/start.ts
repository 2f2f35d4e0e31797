import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Settings } from '../settings.ts'
import { answers } from '../supervisor/answers.ts'
import { keepPorts } from '../supervisor/ports.ts'
import type { Launch } from '../supervisor/process.ts'
import type { Stack } from '../supervisor/stack.ts'
import { adminAccess } from './admin-access.ts'
import { proxyConfiguration } from './configuration.ts'
import { nginxProcess } from './nginx-process.ts'
import { most_grouped } from './node-groups.ts'
import { probe } from './prober.ts'
import type { ProxySettings } from './settings.ts'
import { switchByFiles, switchByReload } from './switches.ts'
import { selfSignedCertificate } from './tls-certificate.ts'
import { openUpstreams, type Upstreams } from './upstreams.ts'

export type Proxy = {
  port: number
  readonly pid: number | null
  url: string
  /** NGINX's own numbers (stub_status), for this machine only. */
  status_url: string
  upstreams: Upstreams
}

export type ProxyOptions = {
  /** NGINX's program. */
  bin: string
  /** The folder where a generated certificate is kept. */
  data: string
  settings: ProxySettings
  /** Of `statusPort`. */
  status_port: number
  /** Addresses as `127.0.0.1:3001`. */
  nodes: string[]
}

type Say = (line: string) => void

/**
 * Starts NGINX in front of the nodes, and the prober that takes failing nodes out. Start it after the nodes: NGINX skips
 * a node that does not answer for 1 s.
 */
export async function startProxy(stack: Stack, options: ProxyOptions, say: Say): Promise<Proxy> {
  const { nodes, settings, status_port } = options
  const { host, port, tls } = settings
  mkdirSync(outFolder(stack.run), { recursive: true, mode: 0o711 })
  const upstreams = openUpstreams(
    nodes,
    switchOf(stack.run, options, () => server.pid, say)
  )
  const server = stack.keep('proxy', 'nginx', await proxyLaunch(stack.run, options))
  const { NGINX_STATUS_URL: status_url } = proxyMetrics(stack.run, status_port)
  // Not /health/ready: with TLS the port of HTTP answers it with a redirect.
  await server.ready(() => answers(status_url))
  probe(upstreams, say)
  say(adminAccess(settings).said)
  return {
    port,
    get pid() {
      return server.pid ?? null
    },
    url: tls ? `https://${reachable(host)}:${tls.port}` : `http://${reachable(host)}:${port}`,
    status_url,
    upstreams
  }
}

/** The loopback port of NGINX's own numbers: HOLDFAST_STATUS_PORT, else one that is chosen at the first start and kept. */
export async function statusPort({ data, nodes, proxy }: Settings): Promise<number> {
  const { port, status_port, tls } = proxy
  if (status_port) return status_port
  const others = [port, ...(tls ? [tls.port] : []), ...nodes]
  const kept = await keepPorts(path.join(data, 'ports.json'), ['proxy_status'], others)
  return kept.proxy_status
}

/** The variables by which a node finds the proxy's numbers, to show them as metrics. */
export const proxyMetrics = (run: string, status_port: number) => ({
  NGINX_STATUS_URL: `http://127.0.0.1:${status_port}/nginx-status`,
  NGINX_ACCESS_LOG: ['nginx-access.log', 'nginx-refused.log']
    .map((name) => path.join(run, name))
    .join(',')
})

/** The address by which this machine reaches a server that listens on `host`. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

function switchOf(
  run: string,
  { nodes, settings: { balance } }: ProxyOptions,
  pid: () => number | undefined,
  say: Say
) {
  const files = switchFiles(run)
  if (nodes.length <= most_grouped) return switchByFiles(files, outFolder(run), nodes, balance, '')
  say(`with more than ${most_grouped} nodes NGINX is reloaded whenever one comes or goes`)
  return switchByReload(files, nodes, balance, nginxProcess(pid))
}

async function proxyLaunch(run: string, options: ProxyOptions): Promise<Launch> {
  const { bin, data, settings, status_port } = options
  const tls = settings.tls && {
    port: settings.tls.port,
    ...(settings.tls.files ?? (await selfSignedCertificate(data)))
  }
  const file = path.join(run, 'nginx.conf')
  mkdirSync(path.join(run, 'tmp'), { recursive: true, mode: 0o700 })
  const nodes = switchFiles(run)
  const text = proxyConfiguration({ ...settings, bin, run, nodes, status_port, tls })
  writeFileSync(file, text, { mode: 0o600 })
  return {
    // -e: otherwise NGINX warns an ordinary user that it cannot write to /var/log/nginx.
    words: [bin, '-e', path.join(run, 'nginx.log'), '-p', run, '-c', file],
    stop: 'SIGQUIT',
    // The workers look for the files of the nodes here. Started by root, they could not enter the folders above.
    cwd: outFolder(run)
  }
}

const switchFiles = (run: string) => ({
  upstreams: path.join(run, 'nginx-upstreams.conf'),
  out: path.join(run, 'nginx-out.conf')
})

const outFolder = (run: string) => path.join(run, 'nginx-out')
