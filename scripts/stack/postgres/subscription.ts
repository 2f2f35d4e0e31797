import type { Client } from 'pg'

// A replica's subscriptions as its own catalog has them.

export const publication = 'holdfast'

/**
 * A transaction is applied whole, after its commit. Values come in PostgreSQL's binary form, which costs both servers less than
 * text and is the same in every version; a first copy has it from version 16 on.
 */
export const options = 'binary = true, streaming = off, two_phase = off'

/** The catalog shows the subscriptions of all databases of the cluster: this picks those of the connected one. */
export const hereByDatabase =
  'subdbid = (select oid from pg_database where datname = current_database())'

export async function connectionOf(target: Client, name: string): Promise<string | undefined> {
  const { rows } = await target.query<{ subconninfo: string }>(
    `select subconninfo from pg_subscription where subname = $1 and ${hereByDatabase}`,
    [name]
  )
  return rows[0]?.subconninfo
}

/** Subscriptions of earlier releases receive text. Their workers start again by themselves, and go on where they were. */
export async function receiveBinary(target: Client): Promise<void> {
  const { rows } = await target.query<{ name: string }>(
    `select quote_ident(subname) as name from pg_subscription
      where not subbinary and $1 = any (subpublications) and pg_has_role(subowner, 'member') and ${hereByDatabase}`,
    [publication]
  )
  for (const { name } of rows) await target.query(`alter subscription ${name} set (binary = true)`)
}

/** Drops a subscription without contacting the primary, whose slot does not exist or is lost. */
export async function forget(target: Client, subscription: string): Promise<void> {
  await target.query(`alter subscription ${subscription} disable`)
  await target.query(`alter subscription ${subscription} set (slot_name = none)`)
  await target.query(`drop subscription ${subscription}`)
}

/** Drops every subscription of this database, whether or not its primary runs. */
export async function forgetAll(target: Client): Promise<void> {
  for (const name of await subscriptionsHere(target)) await forget(target, name)
}

/** The names of this database's subscriptions, quoted as identifiers. */
export async function subscriptionsHere(target: Client): Promise<string[]> {
  const { rows } = await target.query<{ name: string }>(
    `select quote_ident(subname) as name from pg_subscription where ${hereByDatabase}`
  )
  return rows.map(({ name }) => name)
}
