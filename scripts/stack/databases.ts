import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { migrate } from './postgres/migrate.ts'
import { openArchive } from './postgres/backups.ts'
import { logSigningEnvironment } from './postgres/log-signature.ts'
import { postgresBin } from './supervisor/binaries.ts'
import { keepPorts } from './supervisor/ports.ts'
import {
  appRole,
  connected,
  createAppRole,
  createCluster,
  createDatabase,
  logCompression,
  postgresLaunch,
  postgresUrl,
  superuser,
  withDatabase
} from './postgres/cluster.ts'
import { checkReach } from './supervisor/privilege.ts'
import { forgetBroken, publish, subscribe, synced } from './postgres/replication.ts'
import type { Secrets } from './supervisor/secrets.ts'
import type { External, Settings } from './settings.ts'
import { sizesOf } from './sizes.ts'
import { startRedis, type RedisServer } from './start-redis.ts'
import type { Stack } from './supervisor/stack.ts'

/** A server as stack.json describes it; pid and data are null when it is external. */
export type Database = {
  url: string
  admin_url: string
  readonly pid: number | null
  data: string | null
}
export type Databases = { primary: Database; replicas: Database[]; redis: RedisServer }

type Say = (line: string) => void

const first_copy_ms = 10_000
/** Many times what PostgreSQL takes to read max_wal_size again. */
const recovery_ms = 10 * 60_000

export const clusterNames = ['primary', 'replica1', 'replica2'] as const
export type ClusterName = (typeof clusterNames)[number]

/** The folder of the clusters' data, with a folder for each by its name. */
export const clusterFolder = (data: string) => path.join(data, 'postgres')

/** PostgreSQL with its replicas, and Redis, running and migrated: external where a URL is set, else managed. */
export async function startDatabases(
  stack: Stack,
  settings: Settings,
  secrets: Secrets,
  say: Say
): Promise<Databases> {
  const { external } = settings
  const ports = await databasePorts(settings)
  const [servers, redis] = await Promise.all([
    external.primary ? useExternal(external) : startClusters(stack, settings, ports, secrets, say),
    external.redis
      ? { url: external.redis, node_url: external.redis, pid: null }
      : startRedis(stack, settings, ports.redis, secrets)
  ])
  const replicas = servers.replicas.map(({ admin_url }) => admin_url)
  const primary = servers.primary.admin_url
  const role = decodeURIComponent(new URL(servers.primary.url).username)
  if (!external.primary) await forgetBrokenSubscriptions(primary, replicas)
  const applied = await migrate({ primary, replicas, role })
  if (applied.length > 0) say(`migrated to ${applied.at(-1)}`)
  if (!external.primary) await replicate(primary, replicas, say)
  return { ...servers, redis }
}

export const databasePorts = ({ data, proxy, nodes }: Settings) =>
  keepPorts(path.join(data, 'ports.json'), [...clusterNames, 'redis'], [proxy.port, ...nodes])

async function startClusters(
  stack: Stack,
  settings: Settings,
  ports: Record<ClusterName, number>,
  secrets: Secrets,
  say: Say
): Promise<Omit<Databases, 'redis'>> {
  const { data, backups } = settings
  const bin = postgresBin()
  const sizes = sizesOf(settings)
  const log = await logCompression(bin)
  const folder = clusterFolder(data)
  mkdirSync(folder, { recursive: true, mode: 0o711 })
  checkReach(folder)
  if (!existsSync(path.join(folder, 'primary'))) say('making three PostgreSQL clusters')
  const [primary, ...replicas] = await Promise.all(
    clusterNames.map(async (name): Promise<Database> => {
      const role = name === 'primary' ? 'primary' : 'replica'
      const cluster = {
        bin,
        data: path.join(folder, name),
        port: ports[name],
        role,
        settings: [...sizes[role], ...log]
      } as const
      await createCluster(cluster, secrets.superuser_password)
      const admin_url = postgresUrl(cluster.port, superuser, secrets.superuser_password)
      const archive = role === 'primary' && {
        archive: openArchive(backups, cluster.data),
        signing: logSigningEnvironment(secrets.backup_key)
      }
      const server = stack.keep('database', name, postgresLaunch({ ...cluster, ...archive }))
      // A killed postmaster stays a zombie for a moment, and PostgreSQL refuses to start while it sees one: keep trying.
      const ask = () => ping(withDatabase(admin_url, 'postgres'))
      await server.ready(() => ask().catch(unlessRecovering), { deaths: Infinity })
      // A killed one reads its log again before it takes connections.
      await server.ready(ask, { deaths: Infinity, ms: recovery_ms })
      await createDatabase(admin_url)
      await createAppRole(admin_url, secrets.app_password)
      return {
        url: postgresUrl(cluster.port, appRole, secrets.app_password),
        admin_url,
        get pid() {
          return server.pid ?? null
        },
        data: cluster.data
      }
    })
  )
  return { primary: primary!, replicas }
}

/** The replica's subscription and its slot on the primary. */
export const subscriptionOf = (index: number) => `replica${index + 1}`

async function forgetBrokenSubscriptions(primary: string, replicas: string[]): Promise<void> {
  await Promise.all(
    replicas.map((replica, index) => forgetBroken(primary, replica, subscriptionOf(index)))
  )
}

/** A large shop opens before its replicas are copied: nodes do not read from an incomplete replica. */
async function replicate(primary: string, replicas: string[], say: Say): Promise<void> {
  await publish(primary)
  await Promise.all(
    replicas.map(async (replica, index) => {
      await subscribe(primary, replica, subscriptionOf(index))
      await synced(replica, first_copy_ms).catch(() =>
        say(`replica ${index + 1} is still being copied: other servers serve its reads meanwhile`)
      )
    })
  )
}

async function useExternal({
  primary,
  replicas = []
}: Settings['external']): Promise<Omit<Databases, 'redis'>> {
  await ping(primary!.admin_url).catch((err: Error) => {
    throw new Error(`the primary at PRIMARY_URL does not answer: ${err.message}`, { cause: err })
  })
  return { primary: external(primary!), replicas: replicas.map(external) }
}

/** An external server as stack.json describes it. */
export const external = ({ url, admin_url }: External): Database => ({
  url,
  admin_url,
  pid: null,
  data: null
})

/** PostgreSQL answers that it is starting: it runs, and is not ready. @throws every other error */
function unlessRecovering(err: { code?: string }): void {
  if (err.code !== '57P03') throw err
}

const ping = (url: string) => connected(url, (client) => client.query('select 1'))
