import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import type { Launch } from './supervisor/process.ts'

type Settings = {
  bin: string
  run: string
  data: string
  port: number
  /** Of the user default, who may do everything: the supervisor and the operator. */
  password: string
  /** Of the nodes' user; undefined: there is none. */
  node_password?: string
  name?: string
  /** Lines of the configuration, such as `maxmemory 512mb`. */
  settings?: string[]
}

export const nodeUser = 'node'

/**
 * What the nodes' user may do: read and write keys and run scripts. Nothing that concerns the whole server, such as FLUSHALL,
 * CONFIG, KEYS, DEBUG, SHUTDOWN or ACL; INFO is the exception, and the size of a key.
 */
const nodeRights =
  'resetchannels ~* -@all +@read +@write +@connection -@scripting -@admin -@dangerous +eval +evalsha +info +time +memory|usage'

const shared = fileURLToPath(new URL('../../infra/redis/redis.conf', import.meta.url))

/** infra/redis/redis.conf plus what differs by machine, in a file: a list of processes must not show the password. */
export function redisLaunch({
  bin,
  run,
  data,
  port,
  password,
  node_password,
  name = 'redis',
  settings = []
}: Settings): Launch {
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const file = path.join(run, `${name}.conf`)
  const here = [`port ${port}`, `dir "${data}"`, `requirepass ${password}`]
  const lines = [`include "${shared}"`, ...here, ...settings]
  if (node_password !== undefined) {
    const hash = createHash('sha256').update(node_password).digest('hex')
    lines.push(`user ${nodeUser} on #${hash} ${nodeRights}`)
  }
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 })
  return { words: [bin, file], stop: 'SIGTERM' }
}

/** With the name of the user: redis-cli takes an empty one for a user that does not exist. */
export function redisUrl(port: number, password: string, user = 'default'): string {
  return `redis://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}`
}

/** @throws until Redis has loaded its data and answers */
export async function pingRedis(url: string): Promise<void> {
  await askRedis(url, (redis) => redis.ping())
}

/** Runs commands on a connection of its own. @throws when there is no answer within a second; nothing is retried */
export async function askRedis<T>(url: string, ask: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 1_000,
    commandTimeout: 1_000,
    // The default keeps the process alive for 2 s after a connection was refused.
    disconnectTimeout: 50,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null
  })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return await ask(redis)
  } finally {
    redis.disconnect()
  }
}
