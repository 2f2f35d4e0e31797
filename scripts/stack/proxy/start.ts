import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { selfSignedCertificate } from './tls-certificate.ts'
import { proxyConfiguration } from './template.ts'
import { nginxProcess } from './nginx-process.ts'
import { answers } from '../nodes/start.ts'
import { probe } from './prober.ts'
import type { Launch } from '../supervisor/process.ts'
import { openUpstreams, type Upstreams } from './upstreams.ts'
import type { Settings } from '../settings.ts'
import type { Stack } from '../supervisor/stack.ts'

export type Proxy = {
  port: number
  readonly pid: number | null
  url: string
  upstreams: Upstreams
}

/** NGINX in front of the nodes, and what looks after them. Started last: a node that it finds silent is out for 5 s. */
export async function startProxy(
  stack: Stack,
  bin: string,
  settings: Settings,
  say: (line: string) => void,
  nodes = settings.nodes.map((node) => `127.0.0.1:${node}`)
): Promise<Proxy> {
  const { door: port, front } = settings
  const upstreams = openUpstreams(
    upstreamFile(stack.run),
    nodes,
    nginxProcess(() => server.pid)
  )
  const server = stack.keep('door', 'nginx', await proxyLaunch(bin, stack.run, settings))
  // Not /health/ready: it is somewhere else when this port only says where.
  await server.ready(() => answers(watchProxy(stack.run, port).NGINX_STATUS_URL))
  probe(upstreams, say)
  return {
    port,
    get pid() {
      return server.pid ?? null
    },
    url: front.tls ? `https://127.0.0.1:${front.tls.port}` : `http://127.0.0.1:${port}`,
    upstreams
  }
}

/** Where a node finds how the door does. */
export const watchProxy = (run: string, port: number) => ({
  NGINX_STATUS_URL: `http://127.0.0.1:${port}/nginx-status`,
  NGINX_ACCESS_LOG: path.join(run, 'nginx-access.log')
})

export async function proxyLaunch(bin: string, run: string, settings: Settings): Promise<Launch> {
  const { data, door: port, front } = settings
  const tls = front.tls && {
    port: front.tls.port,
    ...(front.tls.files ?? (await selfSignedCertificate(data)))
  }
  const file = path.join(run, 'nginx.conf')
  mkdirSync(path.join(run, 'tmp'), { recursive: true, mode: 0o700 })
  const text = proxyConfiguration({ run, port, upstream: upstreamFile(run), bin, ...front, tls })
  writeFileSync(file, text, { mode: 0o600 })
  // -e: otherwise an ordinary user is told first that /var/log/nginx cannot be written.
  return { words: [bin, '-e', path.join(run, 'nginx.log'), '-p', run, '-c', file], stop: 'SIGQUIT' }
}

const upstreamFile = (run: string) => path.join(run, 'nginx-nodes.conf')
