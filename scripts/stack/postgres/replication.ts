import type { Client } from 'pg'
import { connected } from './cluster.ts'
import {
  connectionOf,
  forget,
  hereByDatabase,
  options,
  publication,
  receiveBinary
} from './subscription.ts'
import { until } from '../supervisor/until.ts'

/** The same for views that have only the oids of subscriptions. */
export const hereOnly = `subid in (select oid from pg_subscription where ${hereByDatabase})`

/** Publishes every table of schema public, later ones included; schema meta belongs to each server itself. */
export async function publish(primary: string): Promise<void> {
  await connected(primary, async (client) => {
    const { rowCount } = await client.query('select from pg_publication where pubname = $1', [
      publication
    ])
    if (!rowCount)
      await client.query(`create publication ${publication} for tables in schema public`)
  })
}

/**
 * Makes the replica follow the primary. `name` is the name of the subscription and of its slot. A replica whose slot was
 * dropped, or lost because the replica was away too long, can never catch up: it is emptied and copied again.
 */
export async function subscribe(
  primary: string,
  replica: string,
  name: string,
  { copy = true } = {}
): Promise<void> {
  await connected(primary, (source) =>
    connected(replica, async (target) => {
      // Creating a slot waits for every open transaction on the primary.
      await target.query(`set statement_timeout = '60s'`)
      const subscription = target.escapeIdentifier(name)
      const connection = target.escapeLiteral(primary)
      const known = await connectionOf(target, name)
      if (known !== undefined && (await slotIsSound(source, name))) {
        if (known !== primary)
          await target.query(`alter subscription ${subscription} connection ${connection}`)
        await receiveBinary(target)
        return
      }
      if (known !== undefined) await forget(target, subscription)
      await dropSlot(source, name)
      if (copy) await empty(target)
      await target.query(
        `create subscription ${subscription} connection ${connection} publication ${publication}
         with (copy_data = ${copy}, ${options})`
      )
    })
  )
}

/**
 * Drops the replica's subscription when its slot was dropped or lost: the replica can never catch up, so waiting for it
 * would never end. `subscribe` creates a new one.
 */
export async function forgetBroken(primary: string, replica: string, name: string): Promise<void> {
  await connected(replica, async (target) => {
    if ((await connectionOf(target, name)) === undefined) return
    if (await connected(primary, (source) => slotIsSound(source, name))) return
    await forget(target, target.escapeIdentifier(name))
  })
}

/**
 * Rebuilds a replica, whatever its state: its rows and its slot are dropped, and everything is copied from the primary. No
 * node may read it meanwhile.
 */
export async function resubscribe(primary: string, replica: string, name: string): Promise<void> {
  await connected(replica, async (target) => {
    if ((await connectionOf(target, name)) !== undefined)
      await forget(target, target.escapeIdentifier(name))
  })
  await subscribe(primary, replica, name)
  await synced(replica)
  await caughtUp(primary, replica, 600_000)
}

/** Drops the subscription and its slot; the copied rows stay. */
export async function unsubscribe(replica: string, name: string): Promise<void> {
  await connected(replica, (target) =>
    target.query(`drop subscription if exists ${target.escapeIdentifier(name)}`)
  )
}

/**
 * Makes the replica follow tables that are new on the primary, and waits until they are copied. Subscriptions of earlier releases
 * get the options of today.
 */
export async function refresh(replica: string): Promise<void> {
  const names = await connected(replica, async (target) => {
    await receiveBinary(target)
    const { rows } = await target.query<{ subname: string }>(
      `select subname from pg_subscription where subenabled and pg_has_role(subowner, 'member') and ${hereByDatabase}`
    )
    for (const { subname } of rows) {
      await target.query(
        `alter subscription ${target.escapeIdentifier(subname)} refresh publication`
      )
    }
    return rows
  })
  if (names.length > 0) await synced(replica)
}

/** Waits until every table is copied: before that it is empty on the replica, although the watermark is up to date. */
export async function synced(replica: string, ms = 600_000): Promise<void> {
  await connected(replica, (target) =>
    until(
      'the first copy to a replica',
      async () => {
        const { rows } = await target.query<{ done: boolean }>(
          `select bool_and(latest_end_lsn is not null)
                  and not exists (select from pg_subscription_rel where srsubstate <> 'r') as done
             from pg_stat_subscription where relid is null and ${hereOnly}`
        )
        return rows[0]?.done
      },
      ms
    )
  )
}

/** Waits until the replica shows every commit on the primary before this call. Without a subscription it returns at once. */
export async function caughtUp(primary: string, replica: string, ms = 30_000): Promise<void> {
  const lsn = await connected(primary, async (source) => {
    const { rows } = await source.query<{ lsn: string }>(
      'select pg_current_wal_insert_lsn()::text as lsn'
    )
    return rows[0]?.lsn
  })
  await connected(replica, (target) =>
    until(
      'a replica catching up',
      async () => {
        const { rows } = await target.query<{ done: boolean }>(
          // Without a worker there is no position: then the replica has not caught up.
          `select coalesce(bool_and(coalesce(latest_end_lsn >= $1::pg_lsn, false)), true) as done
             from pg_stat_subscription where relid is null and ${hereOnly}`,
          [lsn]
        )
        return rows[0]?.done
      },
      ms
    )
  )
}

async function slotIsSound(source: Client, name: string): Promise<boolean> {
  const { rowCount } = await source.query(
    `select from pg_replication_slots where slot_name = $1 and wal_status is distinct from 'lost'`,
    [name]
  )
  return rowCount === 1
}

/** Drops a slot that has no subscription: one that was created when the system stopped may be in use for a moment. */
async function dropSlot(source: Client, name: string): Promise<void> {
  const drop = `select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1`
  await until('dropping an old replication slot', async () =>
    Boolean(await source.query(drop, [name]))
  )
}

async function empty(target: Client): Promise<void> {
  const { rows } = await target.query<{ tables: string | null }>(
    `select string_agg(format('%I.%I', schemaname, tablename), ', ') as tables
       from pg_tables where schemaname = 'public'`
  )
  const tables = rows[0]?.tables
  if (tables) await target.query(`truncate ${tables}`)
}
