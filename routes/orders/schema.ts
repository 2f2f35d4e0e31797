import { Type } from 'typebox'
import { Page, PageQuery } from '../../plugins/kernel/http/pagination.ts'
import {
  Money,
  NullableString,
  NullableTimestamp,
  Timestamp,
  Uuid
} from '../../plugins/kernel/http/schemas.ts'
import { Address } from '../_shared/address.ts'
import { lineItem } from '../_shared/line-item.ts'

const OrderStatus = Type.Enum(['pending', 'confirmed', 'completed', 'cancelled'], {
  type: 'string',
  title: 'OrderStatus',
  description:
    'pending: the payment is not decided. confirmed: paid. completed: delivered. cancelled: see cancel_reason.'
})

const PaymentStatus = Type.Enum(
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
  {
    type: 'string',
    title: 'PaymentStatus',
    description: 'unknown: the answer of the provider was lost, and the resolver asks again.'
  }
)

const FulfillmentStatus = Type.Enum(
  ['unfulfilled', 'partially_fulfilled', 'fulfilled', 'delivered'],
  { type: 'string', title: 'FulfillmentStatus', description: 'How much of it was sent.' }
)

const reasons = [
  'payment_declined',
  'payment_failed',
  'expired',
  'customer',
  'admin',
  'stock_lost'
] as const

const CancelReason = Type.Unsafe<(typeof reasons)[number] | null>({
  type: ['string', 'null'],
  enum: [...reasons, null],
  title: 'CancelReason',
  description: 'Why an order is cancelled.'
})

const Payment = Type.Object(
  {
    id: Uuid,
    status: PaymentStatus,
    amount: Money,
    provider_reference: Type.Unsafe<string | null>({
      ...NullableString,
      description: 'What the payment provider calls the charge.'
    }),
    failure_code: Type.Unsafe<string | null>({
      ...NullableString,
      description:
        "Why the payment provider declined: `card_declined`, `insufficient_funds`, `expired_card` or a code of the provider's own, of lower-case letters, digits and underscores.",
      examples: ['card_declined']
    })
  },
  { title: 'Payment', description: 'The payment of an order.' }
)

const OrderItem = Type.Object(lineItem, {
  title: 'OrderItem',
  description: 'A line of an order, at the price of its purchase.'
})

export type Order = Type.Static<typeof Order>
export const Order = Type.Object(
  {
    id: Uuid,
    number: Type.String({ description: "12 characters of Crockford's base 32, for people." }),
    status: OrderStatus,
    payment: Payment,
    fulfillment_status: FulfillmentStatus,
    email: Type.String({ description: 'Of the buyer.' }),
    shipping_address: Type.Union([Address, Type.Null()]),
    items: Type.Array(OrderItem, { description: "In the buyer's order." }),
    subtotal: Money,
    total: Money,
    cancel_reason: CancelReason,
    created_at: Timestamp,
    confirmed_at: NullableTimestamp,
    cancelled_at: NullableTimestamp,
    updated_at: Timestamp
  },
  { title: 'Order', description: 'A purchase.' }
)

export const OrderList = Type.Object(
  { orders: Type.Array(Order), page: Page },
  { title: 'OrderList', description: 'A page of orders.' }
)

export const OrderParams = Type.Object({
  id: Type.String({
    ...Uuid,
    description: "An order of the session: Location of the checkout's answer has it.",
    examples: ['019ac31e-5a00-7c55-8f2e-3d1a90b7c4e2']
  })
})

export const OrderQuery = Type.Object(PageQuery, { additionalProperties: false })
