import { grantRole } from '../stack/postgres/roles.ts'
import { beginEpoch, shownUntil } from '../stack/postgres/new-epoch.ts'
import { connected } from '../stack/postgres/cluster.ts'
import { forgetAll, publish } from '../stack/postgres/replication.ts'

/**
 * Makes a primary of a replica whose primary is gone: it follows nobody, is followed, may be written, and is another life.
 *
 * @returns the moment that it shows
 * @throws when it has not everything of some moment: a table was still being copied
 */
export async function becomePrimary(url: string, role: string): Promise<Date> {
  const shown = await connected(url, async (client) => {
    const { rows } = await client.query<{ whole: boolean }>(
      `select exists (select from cluster) and exists (select from heartbeat)
              and not exists (select from pg_subscription_rel where srsubstate <> 'r') as whole`
    )
    if (!rows[0]!.whole)
      throw new Error('it was still being copied, and lacks rows: it is no replica yet')
    const moment = await shownUntil(client)
    await forgetAll(client)
    await beginEpoch(client)
    return moment
  })
  await publish(url)
  await grantRole(url, 'primary', role)
  return shown
}
