import { Type } from 'typebox'
import { Email } from '../../plugins/kernel/http/contact.ts'
import { absentIfNull, Money } from '../../plugins/kernel/http/schemas.ts'
import { mostLines } from '../../plugins/shop/cart/limits.ts'
import type { PaymentToken } from '../../plugins/shop/payments/port.ts'
import { Address } from '../_shared/address.ts'
import { Item } from '../_shared/item.ts'

/** The body of a checkout, with the token of the shop's payment provider. */
export const newCheckout = (token: PaymentToken) =>
  Type.Object(
    {
      email: Email,
      shipping_address: absentIfNull(Address),
      payment: payment(token),
      expected_total: absentIfNull(
        Type.Object(Money.properties, {
          ...Money,
          description: 'What the buyer was shown; another total is a 409.'
        })
      ),
      items: absentIfNull(
        Type.Array(Item, {
          minItems: 1,
          maxItems: mostLines,
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

/**
 * If the provider has a default token, the validator fills it in, so that the default and a payment that is left out are the
 * same purchase. Without one only an order of nothing may leave the payment out, and the checkout sees to that.
 */
function payment({ schema, default: token }: PaymentToken) {
  const closed = {
    title: 'NewPayment',
    additionalProperties: false,
    description: 'How the buyer pays.'
  }
  const given = Type.Unsafe<string>({
    title: 'PaymentToken',
    description: "What the payment provider calls the buyer's card.",
    ...schema
  })
  if (token === undefined) return absentIfNull(Type.Object({ token: given }, closed))
  const withDefault = Type.Unsafe<string>({ ...absentIfNull(given), default: token })
  return absentIfNull(
    Type.Unsafe<{ token: string }>(
      Type.Object({ token: Type.Optional(withDefault) }, { ...closed, default: {} })
    )
  )
}
