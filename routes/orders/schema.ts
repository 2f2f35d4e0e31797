import { Type } from 'typebox'
import { Page, PageQuery } from '../../plugins/kernel/http/pagination.ts'
import {
  Money,
  NullableString,
  NullableTimestamp,
  Timestamp,
  Uuid
} from '../../plugins/kernel/http/schemas.ts'
import { lineItem } from '../_shared/line-item.ts'

const text = (maxLength: number) => Type.Optional(Type.String({ maxLength }))

/** Every member is optional: which of them a shop asks for is its own matter. A download needs no street. */
export const Address = Type.Object(
  {
    name: text(200),
    line1: text(200),
    line2: text(200),
    city: text(100),
    region: text(100),
    postal_code: text(20),
    country: Type.Optional(
      Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2' })
    )
  },
  {
    title: 'Address',
    additionalProperties: false,
    description: 'Where to send it. Every member is optional.'
  }
)

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
      description: 'Why the payment provider declined.'
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
