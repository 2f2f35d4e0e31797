import path from 'node:path'
import type { Client } from 'pg'
import { clusterFolder, databasePorts } from '../stack/databases.ts'
import { offline, type Offline } from '../stack/offline.ts'
import { connected, postgresLaunch, postgresUrl, superuser } from '../stack/postgres/cluster.ts'
import { runningDatabases } from '../stack/running.ts'
import { postgresBin } from '../stack/supervisor/binaries.ts'

type How = {
  /** A primary that npm start made is started for the work alone, because its nodes are stopped. */
  offline: boolean
  /** Stops a running system first. */
  stop: boolean
}

/** Does `work` on the primary: the external one, that of the running system, or the one in the data folder. */
export async function withPrimary<T>(
  { offline: alone, stop }: How,
  work: (client: Client) => Promise<T>
): Promise<T> {
  if (process.env.PRIMARY_URL || !alone)
    return connected(runningDatabases().primary.admin_url, work)
  return offline(stop, (tools) => onManaged(tools, work))
}

async function onManaged<T>(
  { stack, settings, secrets }: Offline,
  work: (client: Client) => Promise<T>
): Promise<T> {
  const { primary: port } = await databasePorts(settings)
  const data = path.join(clusterFolder(settings.data), 'primary')
  const launch = postgresLaunch({ bin: postgresBin(), data, port, role: 'primary' })
  const server = stack.keep('database', 'primary', launch)
  const url = postgresUrl(port, superuser, secrets.superuser_password)
  await server.ready(() => connected(url, (client) => client.query('select 1')))
  return connected(url, work)
}
