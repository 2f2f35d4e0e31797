import { parseArgs } from 'node:util'
import type { Client } from 'pg'
import { subscriptionOf } from './stack/databases.ts'
import { connected, withDatabase } from './stack/postgres/cluster.ts'
import { publish, resubscribe } from './stack/postgres/replication.ts'
import { replicaNumber, runningDatabases } from './stack/running.ts'

// npm run replica:resync -- <number>
// Makes one replica anew from the primary, while the shop is open: what it holds is thrown away. For one that has stopped
// for good (a lost slot, a row that is there twice), or that differs from the primary.

type Replica = { admin_url: string; name: string }

/** Nobody reads the replica until it has everything again; the nodes send their reads elsewhere meanwhile. */
export async function resync(primary: string, { admin_url, name }: Replica): Promise<void> {
  await publish(primary)
  const open = await closeTo(admin_url)
  await resubscribe(primary, admin_url, name)
  await open()
}

/**
 * Lets nobody in but superusers, and shows the others out. To them it is as if the server had no room: an error that a
 * node takes as "ask somebody else", where an empty table would be an answer. Should this process die, it stays closed.
 *
 * @returns what opens it again
 */
async function closeTo(admin_url: string): Promise<() => Promise<void>> {
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
  // 0 is what one of these left that did not come to its end.
  return async () => void (await connected(elsewhere, limit(before || -1)))
}

async function main() {
  const { positionals } = parseArgs({ allowPositionals: true })
  const { primary, replicas } = runningDatabases()
  const number = replicaNumber(positionals[0], replicas.length)
  const began = performance.now()
  const { admin_url } = replicas[number - 1]!
  await resync(primary.admin_url, { admin_url, name: subscriptionOf(number - 1) })
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(`replica ${number} was made anew in ${seconds} s`)
}

if (import.meta.main) {
  await main().catch((err: Error) => {
    console.error(`replica:resync: ${err.message}`)
    process.exitCode = 1
  })
}
