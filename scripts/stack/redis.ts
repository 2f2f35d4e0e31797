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
  password: string
  name?: string
}

const shared = fileURLToPath(new URL('../../infra/redis/redis.conf', import.meta.url))

/** infra/redis/redis.conf plus what differs by machine, in a file: a list of processes must not show the password. */
export function redisLaunch({ bin, run, data, port, password, name = 'redis' }: Settings): Launch {
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const file = path.join(run, `${name}.conf`)
  const lines = [`include "${shared}"`, `port ${port}`, `dir "${data}"`, `requirepass ${password}`]
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 })
  return { words: [bin, file], stop: 'SIGTERM' }
}

export function redisUrl(port: number, password: string): string {
  return `redis://:${encodeURIComponent(password)}@127.0.0.1:${port}`
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
