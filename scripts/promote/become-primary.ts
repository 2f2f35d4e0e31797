import { grantRole } from '../stack/postgres/roles.ts'
import { beginEpoch, shownUntil } from '../stack/postgres/new-epoch.ts'
import { connected } from '../stack/postgres/cluster.ts'
import { publish } from '../stack/postgres/replication.ts'
import { forgetAll } from '../stack/postgres/subscription.ts'

/**
 * Makes a replica the primary: its subscriptions are dropped, it is published, nodes may write to it, and it begins a new
 * epoch.
 *
 * @returns the moment that it shows
 * @throws when a table was still being copied: then the replica is incomplete
 */
export async function becomePrimary(url: string, role: string): Promise<Date> {
  const shown = await connected(url, async (client) => {
    const { rows } = await client.query<{ whole: boolean }>(
      `select exists (select from cluster) and exists (select from heartbeat)
              and not exists (select from pg_subscription_rel where srsubstate <> 'r') as whole`
    )
    if (!rows[0]!.whole) throw new Error('the replica was still being copied: it is incomplete')
    const moment = await shownUntil(client)
    await forgetAll(client)
    await beginEpoch(client)
    return moment
  })
  await publish(url)
  await grantRole(url, 'primary', role)
  return shown
}
