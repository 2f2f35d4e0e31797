import path from 'node:path'
import { answers } from '../supervisor/answers.ts'
import { root } from '../supervisor/root.ts'
import type { Secrets } from '../supervisor/secrets.ts'
import type { Stack } from '../supervisor/stack.ts'
import { until } from '../supervisor/until.ts'
import { nodeFlags } from './flags.ts'

export type NodeServer = {
  port: number
  readonly pid: number | null
  url: string
  /** Stops the node, which finishes its requests, and starts it again; resolves when the new process is ready. */
  restart(): Promise<void>
}

/** Starts one process a port, and resolves when every node is ready. `env` returns a node's environment by its index. */
export async function startNodes(
  stack: Stack,
  ports: number[],
  env: (index: number) => NodeJS.ProcessEnv
): Promise<NodeServer[]> {
  return Promise.all(
    ports.map(async (port, index) => {
      const server = stack.keep('node', `node${index + 1}`, {
        words: [process.execPath, ...nodeFlags, path.join(root, 'server.ts')],
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

type NodeSettings = { data: string; backups: string; currency: string; nodes: number[] }
type Servers = {
  primary: { url: string }
  replicas: { url: string }[]
  redis: { node_url: string }
}

/** A node's environment without its port: that of this process, and what only the supervisor knows. */
export function nodeEnvironment(
  { data, backups, currency, nodes }: NodeSettings,
  secrets: Secrets,
  servers: Servers
): NodeJS.ProcessEnv {
  return {
    // Halves the start time of a node, from its second start on.
    NODE_COMPILE_CACHE: path.join(data, 'run', 'compiled'),
    ...process.env,
    // Some shells set HOST to the machine's name.
    HOST: '127.0.0.1',
    PRIMARY_URL: servers.primary.url,
    REPLICA_URLS: servers.replicas.map(({ url }) => url).join(','),
    REDIS_URL: servers.redis.node_url,
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
