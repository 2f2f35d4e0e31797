import { migrate } from './migrate.ts'
import { appRole, connected, createAppRole } from './stack/postgres/cluster.ts'
import { fillCatalog } from './stack/catalog.ts'
import { publish, subscribe, synced } from './stack/postgres/replication.ts'
import { readSettings, type External } from './stack/settings.ts'
import { until } from './stack/supervisor/until.ts'

export type Provision = {
  primary: External
  replicas: External[]
  /** Names subscriptions and slots: replica1, replica2 … */
  prefix?: string
}

/**
 * Makes databases that somebody else runs (in containers, on other machines) ready for nodes: the nodes' role, the schema,
 * and replicas that follow the primary. What is there already stays; running it again does no harm.
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

/** An owner's URL for the nodes needs no role. */
async function ensureRole({ url, admin_url }: External): Promise<void> {
  const user = userOf(url)
  if (user === userOf(admin_url)) return
  if (user !== appRole) throw new Error(`nodes connect as ${appRole}, not as ${user}`)
  await createAppRole(admin_url, decodeURIComponent(new URL(url).password))
}

const userOf = (url: string) => decodeURIComponent(new URL(url).username)

async function main() {
  const settings = readSettings()
  const { primary, replicas = [] } = settings.external
  if (!primary)
    throw new Error('set PRIMARY_URL and PRIMARY_ADMIN_URL (and REPLICA_URLS, REPLICA_ADMIN_URLS)')
  await provision({ primary, replicas })
  // Only when asked for: a real shop begins empty.
  if (process.env.HOLDFAST_PRODUCTS) await fillCatalog(primary.admin_url, settings, console.log)
  console.log(`ready: a primary and ${replicas.length} replicas that follow it`)
}

if (import.meta.main) {
  await main().catch((err: Error) => {
    console.error(`provision: ${err.message}`)
    process.exitCode = 1
  })
}
