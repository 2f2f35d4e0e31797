import { parseArgs } from 'node:util'
import type { Client } from 'pg'
import { becomePrimary } from './promote/become-primary.ts'
import { checkMostAdvanced } from './promote/most-advanced.ts'
import { promoteManaged } from './promote/managed.ts'
import { subscriptionOf } from './stack/databases.ts'
import { nextSteps } from './stack/postgres/new-epoch.ts'
import { offline } from './stack/offline.ts'
import { connected } from './stack/postgres/cluster.ts'
import { resubscribe } from './stack/postgres/replication.ts'
import { forgetAll } from './stack/postgres/subscription.ts'
import { replicaNumber, runningDatabases } from './stack/running.ts'

// npm run promote -- <number> [--stop] [--anyway]
// Makes a replica the primary when the old primary is lost. Orders that had not reached the replica are lost; npm run
// reconcile -- --give-back refunds their charges. Refuses while the old primary runs: two primaries would sell the same goods.

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      stop: { type: 'boolean', default: false },
      anyway: { type: 'boolean', default: false }
    }
  })
  const [word] = positionals
  const shown = process.env.PRIMARY_URL
    ? await promoteExternal(word, values.anyway)
    : await offline(values.stop, (tools) =>
        promoteManaged(tools, replicaNumber(word, 2), values.anyway)
      )
  console.log(nextSteps(shown, process.env.PRIMARY_URL ? ', with the URLs as they are now' : ''))
}

/** Promotes an external replica by SQL only; the other replicas follow the new primary. */
async function promoteExternal(word: string | undefined, anyway: boolean): Promise<Date> {
  const { primary, replicas } = runningDatabases()
  const number = replicaNumber(word, replicas.length)
  const answers = await connected(primary.admin_url, async () => true).catch(() => false)
  if (answers)
    throw new Error(
      'the primary at PRIMARY_URL answers: stop it, and make sure that it stays stopped'
    )
  const urls = replicas.map(({ admin_url }) => admin_url)
  if (!anyway) await checkMostAdvanced(urls, number)
  const { url, admin_url } = replicas[number - 1]!
  const shown = await becomePrimary(admin_url, decodeURIComponent(new URL(url).username))
  await connected(admin_url, openForWriting)
  const others = urls.filter((_url, index) => index !== number - 1)
  for (const [index, other] of others.entries()) {
    // The subscription to the old primary may have another name.
    await connected(other, forgetAll)
    await resubscribe(admin_url, other, subscriptionOf(index))
  }
  console.log(`replica ${number} is the primary now, as it was at ${shown.toISOString()}:
its URL is PRIMARY_URL, and no longer one of REPLICA_URLS`)
  return shown
}

/** A replica's configuration file makes it read-only; the owner of the database may override that for this database. */
async function openForWriting(client: Client) {
  const { rows } = await client.query<{ name: string }>(
    'select quote_ident(current_database()) as name'
  )
  await client.query(`alter database ${rows[0]!.name} set default_transaction_read_only = off`)
}

await main().catch((err: Error) => {
  console.error(`promote: ${err.message}`)
  process.exitCode = 1
})
