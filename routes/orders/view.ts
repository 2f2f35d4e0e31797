import type { OrderRow } from '../../plugins/shop/checkout/order.ts'
import type { Order } from './schema.ts'

/** An order as its buyer sees it. */
export function viewOrder(row: OrderRow): Order {
  const { currency, total, items, shipping_address } = row
  const money = (amount: number) => ({ amount, currency })
  return {
    id: row.id,
    number: row.number,
    status: row.status,
    payment: {
      id: row.payment_id,
      status: row.payment_status,
      amount: money(row.payment_amount),
      provider_reference: row.provider_reference,
      failure_code: row.failure_code
    },
    fulfillment_status: row.fulfillment_status,
    email: row.email,
    shipping_address: shipping_address as Order['shipping_address'],
    items: items.map(({ unit_price, ...item }) => ({
      ...item,
      unit_price: money(unit_price),
      line_total: money(unit_price * item.quantity)
    })),
    subtotal: money(total),
    total: money(total),
    cancel_reason: row.cancel_reason,
    created_at: row.created_at,
    confirmed_at: row.confirmed_at,
    cancelled_at: row.cancelled_at,
    updated_at: row.updated_at
  }
}
