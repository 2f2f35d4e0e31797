import { Type } from 'typebox'
import { Page, PageQuery } from '../../plugins/kernel/http/pagination.ts'
import {
  Money,
  NullableString,
  NullableTimestamp,
  ref,
  Timestamp,
  Uuid
} from '../../plugins/kernel/http/schemas.ts'
import { Address } from '../_shared/address.ts'
import { lineItem } from '../_shared/line-item.ts'

export type Order = Type.Static<typeof Order>
export const Order = Type.Object(
  {
    id: Uuid,
    number: Type.String({ description: "12 characters of Crockford's base 32, for people." }),
    status: Type.Enum(['pending', 'confirmed', 'completed', 'cancelled'], { type: 'string' }),
    payment: Type.Object({
      id: Uuid,
      status: Type.Enum(
        [
          'created',
          'processing',
          'succeeded',
          'failed',
          'unknown',
          'refund_pending',
          'partially_refunded',
          'refunded'
        ],
        { type: 'string' }
      ),
      amount: ref(Money),
      provider_reference: NullableString,
      failure_code: NullableString
    }),
    fulfillment_status: Type.Enum(
      ['unfulfilled', 'partially_fulfilled', 'fulfilled', 'delivered'],
      { type: 'string' }
    ),
    email: Type.String(),
    shipping_address: Type.Union([ref(Address), Type.Null()]),
    items: Type.Array(Type.Object(lineItem)),
    subtotal: ref(Money),
    total: ref(Money),
    cancel_reason: NullableString,
    created_at: Timestamp,
    confirmed_at: NullableTimestamp,
    cancelled_at: NullableTimestamp,
    updated_at: Timestamp
  },
  { $id: 'Order' }
)

export const OrderList = Type.Object({ orders: Type.Array(ref(Order)), page: ref(Page) })

export const OrderParams = Type.Object({ id: Uuid })

export const OrderQuery = Type.Object(PageQuery, { additionalProperties: false })
