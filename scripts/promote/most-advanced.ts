import { connected } from '../stack/postgres/cluster.ts'

/**
 * Checks that no other replica has applied more than `number` (the first is 1): promoting it loses least.
 *
 * @throws an Error that names the replica with more
 */
export async function checkMostAdvanced(urls: string[], number: number): Promise<void> {
  const positions = await Promise.all(urls.map((url) => positionOf(url).catch(() => 0n)))
  const chosen = positions[number - 1]!
  const furthest = positions.reduce((most, one) => (one > most ? one : most))
  if (chosen < furthest)
    throw new Error(
      `replica ${positions.indexOf(furthest) + 1} has ${furthest - chosen} bytes more than replica ${number}: promote that one, or say --anyway`
    )
}

/** How much of the primary's write-ahead log a replica has applied; it stores this position. */
async function positionOf(url: string): Promise<bigint> {
  return connected(url, async (client) => {
    const { rows } = await client.query<{ position: string | null }>(
      `select (max(remote_lsn) - '0/0')::text as position
         from pg_replication_origin_status
         join pg_subscription on external_id = 'pg_' || oid
        where subdbid = (select oid from pg_database where datname = current_database())`
    )
    return BigInt(rows[0]?.position ?? 0)
  })
}
