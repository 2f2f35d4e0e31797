import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { answers } from './nodes.ts'
import type { Launch } from './process.ts'
import type { Stack } from './stack.ts'

const template = new URL('../../infra/nginx/nginx.conf.template', import.meta.url)

type Door = { port: number; readonly pid: number | null }

/** NGINX in front of the nodes. Started last: a node that it finds silent is out for 5 s. */
export async function startDoor(
  stack: Stack,
  bin: string,
  port: number,
  nodes: number[]
): Promise<Door> {
  const server = stack.keep('door', 'nginx', doorLaunch(bin, stack.run, port, nodes))
  await server.ready(() => answers(`http://127.0.0.1:${port}/health/ready`))
  return {
    port,
    get pid() {
      return server.pid ?? null
    }
  }
}

/** Where a node finds how the door does. */
export const watchDoor = (run: string, port: number) => ({
  NGINX_STATUS_URL: `http://127.0.0.1:${port}/nginx-status`,
  NGINX_ACCESS_LOG: path.join(run, 'nginx-access.log')
})

export function doorLaunch(bin: string, run: string, port: number, nodes: number[]): Launch {
  const file = path.join(run, 'nginx.conf')
  mkdirSync(path.join(run, 'tmp'), { recursive: true, mode: 0o700 })
  writeFileSync(file, doorConfiguration(run, port, nodes), { mode: 0o600 })
  // -e: otherwise an ordinary user is told first that /var/log/nginx cannot be written.
  return { words: [bin, '-e', path.join(run, 'nginx.log'), '-p', run, '-c', file], stop: 'SIGQUIT' }
}

export function doorConfiguration(run: string, port: number, nodes: number[]): string {
  const servers = nodes.map((node) => `server 127.0.0.1:${node} max_fails=2 fail_timeout=5s;`)
  const values: Record<string, string> = { run, port: `${port}`, nodes: servers.join('\n    ') }
  return readFileSync(template, 'utf8').replaceAll(
    /\{\{(\w+)\}\}/g,
    (_, name: string) => values[name] ?? ''
  )
}
