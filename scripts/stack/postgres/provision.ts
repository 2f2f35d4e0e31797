import { until } from '../supervisor/until.ts'
import { appRole, connected, createAppRole } from './cluster.ts'
import { migrate } from './migrate.ts'
import { publish, subscribe, synced } from './replication.ts'

/** A database by the URL that the nodes use and by one whose role may change the schema. */
type Server = { url: string; admin_url: string }

export type Provision = {
  primary: Server
  replicas: Server[]
  /** Names subscriptions and slots: replica1, replica2 … */
  prefix?: string
}

/**
 * Makes external databases (in containers, on other machines) ready for nodes: the nodes' role, the schema, and replicas
 * that follow the primary. What exists already stays, so it is safe to repeat.
 */
export async function provision({ primary, replicas, prefix = 'replica' }: Provision) {
  const servers = [primary, ...replicas]
  for (const { admin_url } of servers)
    await until(
      'a database',
      () => connected(admin_url, (client) => client.query('select 1')),
      60_000
    )
  await Promise.all(servers.map(ensureRole))
  const admins = replicas.map(({ admin_url }) => admin_url)
  await migrate({ primary: primary.admin_url, replicas: admins, role: userOf(primary.url) })
  await publish(primary.admin_url)
  for (const [index, replica] of admins.entries()) {
    await subscribe(primary.admin_url, replica, `${prefix}${index + 1}`)
    await synced(replica)
  }
}

/** Nodes that connect as the owner need no other role. */
async function ensureRole({ url, admin_url }: Server): Promise<void> {
  const user = userOf(url)
  if (user === userOf(admin_url)) return
  if (user !== appRole) throw new Error(`nodes connect as ${appRole}, not as ${user}`)
  await createAppRole(admin_url, decodeURIComponent(new URL(url).password))
}

const userOf = (url: string) => decodeURIComponent(new URL(url).username)
