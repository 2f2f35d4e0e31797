import { Type } from 'typebox'
import { defaulted, Money } from '../../plugins/kernel/http/schemas.ts'
import type { PaymentToken } from '../../plugins/shop/payments/port.ts'
import { NewCartItem } from '../cart/schema.ts'
import { Address } from '../orders/schema.ts'

/** The body of a checkout, with the token of the shop's payment provider. */
export const newCheckout = (token: PaymentToken) =>
  Type.Object(
    {
      email: Type.String({
        format: 'email',
        maxLength: 254,
        description: 'Of the buyer.',
        examples: ['ada@example.com']
      }),
      shipping_address: Type.Optional(Address),
      payment: payment(token),
      expected_total: Type.Optional(
        Type.Object(Money.properties, {
          ...Money,
          description: 'What the buyer was shown; another total is a 409.'
        })
      ),
      items: Type.Optional(
        Type.Array(NewCartItem, {
          minItems: 1,
          maxItems: 100,
          description: 'Bought instead of the cart. Needs an Idempotency-Key.'
        })
      )
    },
    {
      title: 'NewCheckout',
      additionalProperties: false,
      description: 'A purchase to be made.',
      examples: [{ email: 'ada@example.com' }]
    }
  )

/** A client may leave out the payment if the provider has a default token. */
function payment({ schema, default: token }: PaymentToken) {
  const closed = {
    title: 'NewPayment',
    additionalProperties: false,
    description: 'How the buyer pays.'
  }
  const required = Type.Object({ token: Type.Unsafe<string>(schema) }, closed)
  if (token === undefined) return required as unknown as Type.TOptional<typeof required>
  const withDefault = Type.Unsafe<string>({ ...schema, default: token })
  return Type.Optional(Type.Object({ token: defaulted(withDefault) }, closed))
}
