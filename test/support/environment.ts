import { randomBytes, randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { Pool } from 'pg'
import type { Test } from 'tap'
import { postgresConnection } from '../../plugins/lib/postgres-connection.ts'
import { redisServer } from '../../scripts/stack/supervisor/binaries.ts'
import { superviseProcess } from '../../scripts/stack/supervisor/supervised-process.ts'
import { choosePort } from '../../scripts/stack/supervisor/ports.ts'
import { connected, withDatabase } from '../../scripts/stack/postgres/cluster.ts'
import { nodeUser, pingRedis, redisLaunch, redisUrl } from '../../scripts/stack/redis.ts'
import { subscribe, synced, unsubscribe } from '../../scripts/stack/postgres/replication.ts'
import { template } from '../../scripts/stack/test-servers/templates.ts'
import { testServersVariable, type TestServers } from '../../scripts/stack/test-servers/start.ts'

export const adminKey = 'hf_test_0123456789abcdef0123456789abcdef'

/** A shop for one test: databases, a Redis prefix, a payment provider. Any number of nodes may be started in it. */
export type Environment = {
  name: string
  folder: string
  /** The environment variables of a node, with limits off. */
  env: Record<string, string>
  /** The superuser's URLs. */
  primaryUrl: string
  replicaUrl: string | undefined
  replicaUrls: string[]
  /** The superuser's pool on the primary, to check and change rows directly. */
  sql: Pool
  /** The pid of this environment's own Redis, which may be stopped, flushed and killed; only with `redis: true`. */
  redisPid: () => number | undefined
  /** That Redis as the nodes' user of `npm start`. */
  redisNodeUrl: string | undefined
}

export type EnvironmentOptions = {
  /** Its own replica databases, each with a live subscription; true: one. */
  replica?: boolean | number
  /** Its own Redis server, not only a prefix. */
  redis?: boolean
}

/** Creates an environment from the template databases; it is removed when the test ends. */
export async function environment(
  t: Test,
  { replica = false, redis = false }: EnvironmentOptions = {}
): Promise<Environment> {
  const servers = testServers()
  const name = `t_${randomBytes(6).toString('hex')}`
  const folder = path.join(servers.folder, name)
  mkdirSync(folder, { recursive: true })

  const primaryUrl = withDatabase(servers.primary.admin_url, name)
  const sql = new Pool({ ...postgresConnection(primaryUrl), max: 3 })
  // Without a listener a dropped idle connection would end the test's process.
  sql.on('error', () => {})
  t.teardown(() => sql.end())

  const names = Array.from({ length: Number(replica) }, (_, at) =>
    at ? `${name}_${at + 1}` : name
  )
  const ofReplica = (url: string) => names.map((database) => withDatabase(url, database))
  const replicaUrls = ofReplica(servers.replica.admin_url)

  const [own] = await Promise.all([
    redis ? ownRedis(t, folder) : undefined,
    clone(servers.primary.admin_url, name),
    cloneAll(servers.replica.admin_url, names)
  ])
  await Promise.all(replicaUrls.map((url, at) => follow(t, primaryUrl, url, names[at]!)))

  return {
    name,
    folder,
    primaryUrl,
    replicaUrl: replicaUrls[0],
    replicaUrls,
    sql,
    redisPid: () => own?.pid(),
    redisNodeUrl: own?.node_url,
    env: {
      NODE_ENV: 'test',
      LOG_LEVEL: 'silent',
      HOST: '127.0.0.1',
      PORT: '0',
      PRIMARY_URL: withDatabase(servers.primary.url, name),
      REPLICA_URLS: ofReplica(servers.replica.url).join(','),
      REDIS_URL: own?.url ?? servers.redis,
      REDIS_PREFIX: `${name}:`,
      HOLDFAST_DATA: folder,
      HOLDFAST_CURRENCY: 'USD',
      ADMIN_API_KEY: adminKey,
      COOKIE_SECRET: randomUUID(),
      RATE_LIMIT_API: '0',
      RATE_LIMIT_CHECKOUT: '0',
      PENDING_ORDERS_PER_IP: '0',
      // The test runs in the same event loop as its nodes.
      MAX_EVENT_LOOP_DELAY_MS: '0',
      // Rarely, so that a test sees only what the requests themselves do.
      OUTBOX_INTERVAL_MS: '60000'
    }
  }
}

/** The servers that npm test started. */
export function testServers(): TestServers {
  const json = process.env[testServersVariable]
  if (!json) throw new Error('tests need servers: run them by `npm test -- <files>`')
  return JSON.parse(json) as TestServers
}

async function clone(server: string, name: string): Promise<void> {
  await connected(server, (client) => client.query(`create database ${name} template ${template}`))
}

/** One after the other: PostgreSQL clones a template for one client at a time. */
async function cloneAll(server: string, names: string[]): Promise<void> {
  for (const name of names) await clone(server, name)
}

async function follow(t: Test, primary: string, replica: string, name: string): Promise<void> {
  t.teardown(() => unsubscribe(replica, name))
  await subscribe(primary, replica, name, { copy: false })
  await synced(replica)
}

async function ownRedis(t: Test, folder: string) {
  const port = await choosePort()
  const url = redisUrl(port, 'test')
  const node_url = redisUrl(port, 'limited', nodeUser)
  const data = path.join(folder, 'redis')
  const passwords = { password: 'test', node_password: 'limited' }
  const launch = redisLaunch({ bin: redisServer(), run: folder, data, port, ...passwords })
  const server = superviseProcess(folder, 'redis', launch, () => {})
  t.teardown(() => server.stop())
  await server.ready(() => pingRedis(url))
  return { url, node_url, pid: () => server.pid }
}
