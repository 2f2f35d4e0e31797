import { connected } from './cluster.ts'
import { caughtUp, hereOnly } from './replication.ts'

/** Why a replica does not show within `ms` what the primary shows now, in words; undefined: it does. */
export async function lagReason(
  primary: string,
  replica: string,
  ms: number
): Promise<string | undefined> {
  try {
    await caughtUp(primary, replica, ms)
    return undefined
  } catch {
    return (await isFollowing(replica))
      ? `is ${await distance(primary, replica)} behind the primary`
      : 'does not follow the primary'
  }
}

async function isFollowing(replica: string): Promise<boolean> {
  return connected(replica, async (target) => {
    const { rowCount } = await target.query(
      `select from pg_stat_subscription
        where relid is null and pid is not null and latest_end_lsn is not null and ${hereOnly}`
    )
    return Boolean(rowCount)
  })
}

/** How much of the primary's write-ahead log the replica has not applied, as `12 MB`. */
async function distance(primary: string, replica: string): Promise<string> {
  const lsn = await connected(replica, async (target) => {
    const { rows } = await target.query<{ lsn: string }>(
      `select min(latest_end_lsn)::text as lsn from pg_stat_subscription where relid is null and ${hereOnly}`
    )
    return rows[0]?.lsn
  })
  return connected(primary, async (source) => {
    const { rows } = await source.query<{ size: string }>(
      'select pg_size_pretty(pg_current_wal_insert_lsn() - $1::pg_lsn) as size',
      [lsn]
    )
    return rows[0]!.size
  })
}
