import type { Pool } from 'pg'
import type { Test } from 'tap'

/** Whether the books are right, whatever has happened: every query finds nothing. */
export async function checkBooks(t: Test, sql: Pool): Promise<void> {
  for (const [name, query] of Object.entries(books)) {
    const { rows } = await sql.query(query)
    if (rows.length > 0) t.same(rows.slice(0, 3), [], name)
  }
  t.pass('the books are right')
}

const books = {
  'the movements are the stock': `
    select product_id, i.quantity, i.reserved_quantity, m.quantity as moved, m.reserved as moved_reserved
    from inventory i
    left join (
      select product_id, sum(quantity) as quantity, sum(reserved) as reserved from inventory_movements group by 1
    ) m using (product_id)
    where (i.quantity, i.reserved_quantity) <> (coalesce(m.quantity, 0), coalesce(m.reserved, 0))`,

  'what is reserved are the items of open holds': `
    select product_id, i.reserved_quantity, held.units
    from inventory i
    left join (
      select product_id, sum(quantity) as units from order_items join reservations using (order_id)
      where status = 'active' group by 1
    ) held using (product_id)
    where i.reserved_quantity <> coalesce(held.units, 0)`,

  'order, hold and payment stand in an allowed combination': `
    select o.id, o.status, o.confirmed_at, r.status as hold, p.status as payment, p.captured
    from orders o
    left join payments p on p.order_id = o.id
    left join reservations r on r.order_id = o.id
    where not coalesce(
      case
        when o.status = 'pending' then r.status = 'active' and p.status in ('processing', 'unknown')
        when o.confirmed_at is null then
          r.status in ('released', 'expired')
            and p.status in ('processing', 'unknown', 'failed', 'refund_pending', 'refunded')
        when o.status = 'cancelled' then
          r.status = 'committed' and p.captured = o.total and p.status in ('refund_pending', 'refunded')
        else
          r.status = 'committed' and p.captured = o.total
            and p.status in ('succeeded', 'refund_pending', 'partially_refunded', 'refunded')
      end, false)`,

  'the money of a cancelled order goes back': `
    select o.id, p.captured from orders o join payments p on p.order_id = o.id
    where o.status = 'cancelled' and p.captured > 0
      and p.captured <> (select coalesce(sum(amount), 0) from refunds where payment_id = p.id)`,

  'a payment has given back what its refunds have': `
    select p.id, p.refunded from payments p
    where p.refunded <> (
      select coalesce(sum(amount), 0) from refunds where payment_id = p.id and status = 'succeeded')`,

  'a total is the sum of its lines': `
    select o.id, o.total from orders o
    where o.total is distinct from (select sum(quantity * unit_price) from order_items where order_id = o.id)`,

  'an order has an event for each of its versions': `
    select o.id, o.version from orders o
    where o.version <> (select count(*) from order_events where order_id = o.id)
      or o.version <> (select max(version) from order_events where order_id = o.id)`,

  'a cart has one live order': `
    select cart_id from orders where status <> 'cancelled' and cart_id is not null group by 1 having count(*) > 1`
}
