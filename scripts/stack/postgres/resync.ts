import type { Client } from 'pg'
import { connected, withDatabase } from './cluster.ts'
import { publish, resubscribe } from './replication.ts'

type Replica = { admin_url: string; name: string }

/** Copies the primary to the replica again. Nodes cannot connect to the replica meanwhile, and read elsewhere. */
export async function resync(primary: string, { admin_url, name }: Replica): Promise<void> {
  await publish(primary)
  const open = await closeToNodes(admin_url)
  await resubscribe(primary, admin_url, name)
  await open()
}

/**
 * Refuses new connections of every role but superusers, and ends the open ones. To a node the database looks full: an
 * error, after which it asks another server; an empty table would be taken for an answer. If this process dies, the
 * database stays closed until the next resync.
 *
 * @returns a function that opens the database again
 */
async function closeToNodes(admin_url: string): Promise<() => Promise<void>> {
  const limit = (connections: number) => (client: Client) =>
    client.query(`alter database ${nameOf(client)} connection limit ${connections}`)
  const elsewhere = withDatabase(admin_url, 'postgres')
  const name = new URL(admin_url).pathname.slice(1)
  const nameOf = (client: Client) => client.escapeIdentifier(name)

  const before = await connected(elsewhere, async (client) => {
    const { rows } = await client.query<{ limit: number }>(
      'select datconnlimit as limit from pg_database where datname = $1',
      [name]
    )
    await limit(0)(client)
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = $1 and usename in (select rolname from pg_roles where not rolsuper)`,
      [name]
    )
    return rows[0]!.limit
  })
  // A limit of 0 was left by a resync that was interrupted.
  return async () => void (await connected(elsewhere, limit(before || -1)))
}
