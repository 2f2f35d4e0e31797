import type { Pool } from 'pg'

/** Requests a refund of a part of a confirmed order, as the shop does. @returns the refund's id */
export async function askRefund(sql: Pool, order: string, amount: number): Promise<string> {
  const { rows } = await sql.query(
    `with asked as (
       insert into refunds (payment_id, amount, reason) select id, $2, 'damaged' from payments where order_id = $1
       returning id
     ), paid as (
       update payments set status = 'refund_pending', check_at = now() where order_id = $1
     ), changed as (
       update orders set version = version + 1 where id = $1 returning id, version
     ), told as (
       insert into order_events (order_id, version, type) select id, version, 'refund_requested' from changed
     )
     select id from asked`,
    [order, amount]
  )
  return rows[0].id
}

export async function finishRefund(sql: Pool, refund: string): Promise<boolean> {
  const { rows } = await sql.query('select finish_refund($1) as written', [refund])
  return rows[0].written
}

export async function finishRefunds(sql: Pool, order: string): Promise<void> {
  await sql.query(
    'select finish_refund(r.id) from refunds r join payments p on p.id = r.payment_id where p.order_id = $1',
    [order]
  )
}
