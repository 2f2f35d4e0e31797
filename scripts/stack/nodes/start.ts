import path from 'node:path'
import type { Databases } from '../databases.ts'
import type { Secrets } from '../supervisor/secrets.ts'
import { root, type Settings } from '../settings.ts'
import type { Stack } from '../supervisor/stack.ts'
import { until } from '../supervisor/until.ts'

export type NodeServer = {
  port: number
  readonly pid: number | null
  url: string
  /** Lets it finish what it has begun, and starts it again; resolves when the new one is ready. */
  restart(): Promise<void>
}

/** One process a port; ready when each of them says so. `env` is a node's own, by its place in the row. */
export async function startNodes(
  stack: Stack,
  ports: number[],
  env: (index: number) => NodeJS.ProcessEnv
): Promise<NodeServer[]> {
  return Promise.all(
    ports.map(async (port, index) => {
      const server = stack.keep('node', `node${index + 1}`, {
        words: [process.execPath, path.join(root, 'server.ts')],
        stop: 'SIGTERM',
        env: { ...env(index), PORT: `${port}` },
        cwd: root
      })
      const url = urlOf(port)
      await server.ready(() => answers(`${url}/health/ready`))
      return {
        port,
        get pid() {
          return server.pid ?? null
        },
        url,
        async restart() {
          await server.restart()
          await until(server.name, () => answers(`${url}/health/ready`).then(() => true), 60_000)
        }
      }
    })
  )
}

/** A node's environment but for its port: ours, and what only the supervisor knows. */
export function nodeEnvironment(
  { data, backups, currency, nodes }: Settings,
  secrets: Secrets,
  servers: Databases
): NodeJS.ProcessEnv {
  return {
    // Halves the time until a node is up, from its second start on.
    NODE_COMPILE_CACHE: path.join(data, 'run', 'compiled'),
    ...process.env,
    // Some shells say here how the machine is called.
    HOST: '127.0.0.1',
    PRIMARY_URL: servers.primary.url,
    REPLICA_URLS: servers.replicas.map(({ url }) => url).join(','),
    REDIS_URL: servers.redis.url,
    COOKIE_SECRET: process.env.COOKIE_SECRET || secrets.cookie_secret,
    ADMIN_API_KEY: adminKey(secrets),
    HOLDFAST_DATA: data,
    HOLDFAST_BACKUPS: backups,
    OPS_NODES: process.env.OPS_NODES || nodes.map(urlOf).join(','),
    HOLDFAST_CURRENCY: currency
  }
}

const urlOf = (port: number) => `http://127.0.0.1:${port}`

export function adminKey(secrets: Secrets): string {
  return process.env.ADMIN_API_KEY || secrets.admin_key
}

/** Throws unless it answers with success. */
export async function answers(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
  await response.body?.cancel()
  if (!response.ok) throw new Error(`${url} answers ${response.status}`)
}
