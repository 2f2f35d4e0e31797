import { randomBytes, randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { Pool } from 'pg'
import type { Test } from 'tap'
import { redisServer } from '../scripts/stack/binaries.ts'
import { keep } from '../scripts/stack/keep.ts'
import { choosePort } from '../scripts/stack/ports.ts'
import { connected, withDatabase } from '../scripts/stack/postgres.ts'
import { pingRedis, redisLaunch, redisUrl } from '../scripts/stack/redis.ts'
import { subscribe, synced, unsubscribe } from '../scripts/stack/replication.ts'
import { template } from '../scripts/stack/templates.ts'
import { testServersVariable, type TestServers } from '../scripts/stack/test-servers.ts'

export const adminKey = 'hf_test_0123456789abcdef0123456789abcdef'

/** One shop of its own: databases, a Redis prefix, a provider. Any number of nodes may be started in it. */
export type World = {
  name: string
  folder: string
  /** The whole environment of a node, limits off. */
  env: Record<string, string>
  /** The superuser's URLs. */
  primaryUrl: string
  replicaUrl: string | undefined
  /** The superuser's pool on the primary, to look behind the scenes. */
  sql: Pool
  /** A Redis that may be stopped, flushed and killed without disturbing other tests; only with `redis: true`. */
  redisPid: () => number | undefined
}

export type WorldOptions = {
  /** Its own replica database with a live subscription. */
  replica?: boolean
  /** Its own Redis server, not only a prefix. */
  redis?: boolean
}

export async function world(
  t: Test,
  { replica = false, redis = false }: WorldOptions = {}
): Promise<World> {
  const servers = testServers()
  const name = `t_${randomBytes(6).toString('hex')}`
  const folder = path.join(servers.folder, name)
  mkdirSync(folder, { recursive: true })

  const primaryUrl = withDatabase(servers.primary.admin_url, name)
  const sql = new Pool({ connectionString: primaryUrl, max: 3 })
  // Without a listener a dropped idle connection would end the test's process.
  sql.on('error', () => {})
  t.teardown(() => sql.end())

  const [replicaUrl, own] = await Promise.all([
    Promise.all([
      clone(servers.primary.admin_url, name),
      replica && clone(servers.replica.admin_url, name)
    ]).then(() =>
      replica
        ? follow(t, primaryUrl, withDatabase(servers.replica.admin_url, name), name)
        : undefined
    ),
    redis ? ownRedis(t, folder) : undefined
  ])

  return {
    name,
    folder,
    primaryUrl,
    replicaUrl,
    sql,
    redisPid: () => own?.pid(),
    env: {
      NODE_ENV: 'test',
      LOG_LEVEL: 'silent',
      HOST: '127.0.0.1',
      PORT: '0',
      PRIMARY_URL: withDatabase(servers.primary.url, name),
      REPLICA_URLS: replica ? withDatabase(servers.replica.url, name) : '',
      REDIS_URL: own?.url ?? servers.redis,
      REDIS_PREFIX: `${name}:`,
      HOLDFAST_DATA: folder,
      HOLDFAST_CURRENCY: 'USD',
      ADMIN_API_KEY: adminKey,
      COOKIE_SECRET: randomUUID(),
      RATE_LIMIT_API: '0',
      RATE_LIMIT_CHECKOUT: '0',
      PENDING_ORDERS_PER_IP: '0',
      // Quiet, so that a test sees what the requests themselves do.
      OUTBOX_INTERVAL_MS: '60000'
    }
  }
}

export function testServers(): TestServers {
  const told = process.env[testServersVariable]
  if (!told) throw new Error('tests need servers: run them by `npm test -- <files>`')
  return JSON.parse(told) as TestServers
}

async function clone(server: string, name: string): Promise<void> {
  await connected(server, (client) => client.query(`create database ${name} template ${template}`))
}

async function follow(t: Test, primary: string, replica: string, name: string): Promise<string> {
  t.teardown(() => unsubscribe(replica, name))
  await subscribe(primary, replica, name, { copy: false })
  await synced(replica)
  return replica
}

async function ownRedis(t: Test, folder: string) {
  const port = await choosePort()
  const url = redisUrl(port, 'test')
  const data = path.join(folder, 'redis')
  const launch = redisLaunch({ bin: redisServer(), run: folder, data, port, password: 'test' })
  const server = keep(folder, 'redis', launch, () => {})
  t.teardown(() => server.stop())
  await server.ready(() => pingRedis(url))
  return { url, pid: () => server.pid }
}
