import { Type } from 'typebox'
import { Email } from '../../plugins/kernel/http/contact.ts'
import { absentIfNull, Currency, ref } from '../../plugins/kernel/http/schemas.ts'
import { mostLines } from '../../plugins/shop/cart/limits.ts'
import type { PaymentToken } from '../../plugins/shop/payments/port.ts'
import { Address } from '../_shared/address.ts'
import { Item } from '../_shared/item.ts'

/** The body of a checkout, with the token of the shop's payment provider. */
export const newCheckout = (token: PaymentToken) =>
  Type.Object(
    {
      email: Email,
      shipping_address: absentIfNull(ref(Address)),
      payment: payment(token),
      expected_total: absentIfNull(
        Type.Object(
          {
            amount: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
            currency: Currency
          },
          {
            additionalProperties: false,
            description: 'What the buyer was shown; another total is a 409.'
          }
        )
      ),
      items: absentIfNull(
        Type.Array(Item, {
          minItems: 1,
          maxItems: mostLines,
          description: 'Bought instead of the cart. Needs an Idempotency-Key.'
        })
      )
    },
    { additionalProperties: false }
  )

/**
 * If the provider has a default token, the validator fills it in, so that the default and a payment that is left out are the
 * same purchase. Without one only an order of nothing may leave the payment out, and the checkout sees to that.
 */
function payment({ schema, default: token }: PaymentToken) {
  const closed = { additionalProperties: false }
  const given = Type.Unsafe<string>(schema)
  if (token === undefined) return absentIfNull(Type.Object({ token: given }, closed))
  const withDefault = Type.Unsafe<string>({ ...absentIfNull(given), default: token })
  return absentIfNull(
    Type.Unsafe<{ token: string }>(
      Type.Object({ token: Type.Optional(withDefault) }, { ...closed, default: {} })
    )
  )
}
