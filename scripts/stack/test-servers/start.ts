import { chmodSync } from 'node:fs'
import path from 'node:path'
import { postgresBin, redisServer } from '../supervisor/binaries.ts'
import { superviseProcess, type SupervisedProcess } from '../supervisor/supervised-process.ts'
import { choosePort } from '../supervisor/ports.ts'
import {
  appRole,
  connected,
  createAppRole,
  createCluster,
  postgresLaunch,
  postgresUrl,
  superuser,
  type Cluster
} from '../postgres/cluster.ts'
import { checkReach } from '../supervisor/privilege.ts'
import { pingRedis, redisLaunch, redisUrl } from '../redis.ts'
import { newSecrets } from '../supervisor/secrets.ts'

/** The environment variable that gives tests their servers, as JSON. */
export const testServersVariable = 'HOLDFAST_TEST_SERVERS'

type Urls = { url: string; admin_url: string }

/** `folder` is removed with the servers: tests may leave files in it. */
export type TestServers = { folder: string; primary: Urls; replica: Urls; redis: string }

/** PostgreSQL's settings for many databases, none of which has to survive a power cut. */
const fastSettings = [
  'fsync=off',
  'full_page_writes=off',
  'max_wal_size=512MB',
  'min_wal_size=80MB',
  // The servers have hundreds of databases, and each would be visited every 15 s.
  'autovacuum_naptime=1min',
  'max_connections=400',
  'max_wal_senders=100',
  'max_replication_slots=100',
  'max_worker_processes=110',
  'max_logical_replication_workers=100'
]

/**
 * Starts one primary, one replica and one Redis in `folder`. `started` is called with each, so that the caller can stop them.
 * `settings` are PostgreSQL's, besides those of all tests.
 */
export async function startTestServers(
  folder: string,
  started: (server: SupervisedProcess) => void,
  settings: string[] = []
): Promise<TestServers> {
  const secrets = newSecrets()
  const bin = postgresBin()
  chmodSync(folder, 0o700)
  checkReach(folder)
  const ports: number[] = []
  const port = async () => {
    const chosen = await choosePort(ports)
    ports.push(chosen)
    return chosen
  }
  const up = (name: string, launch: Parameters<typeof superviseProcess>[2]) => {
    const server = superviseProcess(folder, name, launch, () => {})
    started(server)
    return server
  }

  const cluster = async (role: Cluster['role'], chosen: number): Promise<Urls> => {
    const made: Cluster = {
      bin,
      data: path.join(folder, role),
      port: chosen,
      role,
      settings: [...fastSettings, ...settings]
    }
    await createCluster(made, secrets.superuser_password, { sync: false })
    const admin_url = postgresUrl(chosen, superuser, secrets.superuser_password, 'postgres')
    await up(role, postgresLaunch(made)).ready(() =>
      connected(admin_url, (client) => client.query('select 1'))
    )
    await createAppRole(admin_url, secrets.app_password)
    return { url: postgresUrl(chosen, appRole, secrets.app_password, 'postgres'), admin_url }
  }

  const redis = async (chosen: number): Promise<string> => {
    const url = redisUrl(chosen, secrets.redis_password)
    const data = path.join(folder, 'redis')
    const launch = {
      bin: redisServer(),
      run: folder,
      data,
      port: chosen,
      password: secrets.redis_password
    }
    await up('redis', redisLaunch(launch)).ready(() => pingRedis(url))
    return url
  }

  const chosen = [await port(), await port(), await port()] as const
  const [primary, replica, redisAt] = await Promise.all([
    cluster('primary', chosen[0]),
    cluster('replica', chosen[1]),
    redis(chosen[2])
  ])
  return { folder, primary, replica, redis: redisAt }
}
