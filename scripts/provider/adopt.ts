import type { Client } from 'pg'

/** The identity of the payment provider that the database names; null: there is none yet. */
export async function namedProvider(client: Client): Promise<string | null> {
  const { rows } = await client.query<{ provider: string | null }>('select provider from cluster')
  return rows[0]!.provider
}

/**
 * The database belongs to another payment provider from here on. Payments of before keep theirs: their charges are at the old
 * one, where no check of this system sees them any more.
 *
 * @throws one line when a node runs, or when a payment or a refund is open: only the old provider can end it
 */
export async function adopt(client: Client, identity: string): Promise<void> {
  await client.query('begin')
  // No payment begins while this looks.
  await client.query('lock table payments in exclusive mode')
  await refuseNodes(client)
  await refuseOpen(client)
  await client.query(
    'update payments set provider = (select provider from cluster) where provider is null'
  )
  await client.query('update cluster set provider = $1', [identity])
  await client.query('commit')
}

/** A node that runs has asked its provider, and goes on with it. */
async function refuseNodes(client: Client): Promise<void> {
  const { rows } = await client.query<{ port: string }>(
    `select distinct split_part(application_name, ':', 2) as port from pg_stat_activity
      where datname = current_database() and application_name like 'holdfast:%' and pid <> pg_backend_pid()
      order by port`
  )
  if (rows.length > 0)
    throw new Error(
      `nodes are running (port ${rows.map(({ port }) => port).join(', ')}): stop all of them first`
    )
}

async function refuseOpen(client: Client): Promise<void> {
  const { rows } = await client.query<{ status: string; count: string; first: string }>(
    `select status::text, count(*), min(order_id::text) as first from payments
      where check_at is not null group by status order by status`
  )
  if (rows.length === 0) return
  const open = rows.map(({ status, count, first }) => `${count} ${status} (order ${first} …)`)
  throw new Error(
    `payments are open: ${open.join(', ')}. Start the nodes with the provider of before until they have ended`
  )
}
