import { Type } from 'typebox'
import { Currency, defaulted, ref, Uuid } from '../../plugins/kernel/http/schemas.ts'
import type { PaymentToken } from '../../plugins/shop/payments/port.ts'
import { Address } from '../orders/schema.ts'

/** The body of a checkout, with the token of the shop's payment provider. */
export const newCheckout = (token: PaymentToken) =>
  Type.Object(
    {
      email: Type.String({ format: 'email', maxLength: 254 }),
      shipping_address: Type.Optional(ref(Address)),
      payment: payment(token),
      expected_total: Type.Optional(
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
      items: Type.Optional(
        Type.Array(
          Type.Object(
            { product_id: Uuid, quantity: Type.Integer({ minimum: 1, maximum: 999 }) },
            { additionalProperties: false }
          ),
          {
            minItems: 1,
            maxItems: 100,
            description: 'Bought instead of the cart. Needs an Idempotency-Key.'
          }
        )
      )
    },
    { additionalProperties: false }
  )

/** A client may leave out the payment if the provider has a default token. */
function payment({ schema, default: token }: PaymentToken) {
  const closed = { additionalProperties: false }
  const required = Type.Object({ token: Type.Unsafe<string>(schema) }, closed)
  if (token === undefined) return required as unknown as Type.TOptional<typeof required>
  const withDefault = Type.Unsafe<string>({ ...schema, default: token })
  return Type.Optional(Type.Object({ token: defaulted(withDefault) }, closed))
}
