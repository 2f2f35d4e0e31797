import path from 'node:path'
import { nodeUser, pingRedis, redisLaunch, redisUrl } from './redis.ts'
import type { Settings } from './settings.ts'
import { sizesOf } from './sizes.ts'
import { redisServer } from './supervisor/binaries.ts'
import type { Secrets } from './supervisor/secrets.ts'
import type { Stack } from './supervisor/stack.ts'

/** `url` may do everything; `node_url` is for the nodes. An external Redis has one URL. */
export type RedisServer = { url: string; node_url: string; readonly pid: number | null }

/** A managed Redis, running. */
export async function startRedis(
  stack: Stack,
  settings: Settings,
  port: number,
  { redis_password: password, redis_node_password: node_password }: Secrets
): Promise<RedisServer> {
  const url = redisUrl(port, password)
  const folder = path.join(settings.data, 'redis')
  const server = stack.keep(
    'redis',
    'redis',
    redisLaunch({
      bin: redisServer(),
      run: stack.run,
      data: folder,
      port,
      password,
      node_password,
      settings: sizesOf(settings).redis
    })
  )
  await server.ready(() => pingRedis(url))
  return {
    url,
    node_url: redisUrl(port, node_password, nodeUser),
    get pid() {
      return server.pid ?? null
    }
  }
}
