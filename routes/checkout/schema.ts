import { Type } from 'typebox'
import { paymentTokens } from '../../plugins/shop/payments/simulated/provider.ts'
import { Currency, defaulted, ref, Uuid } from '../../plugins/kernel/http/schemas.ts'
import { Address } from '../orders/schema.ts'

export const NewCheckout = Type.Object(
  {
    email: Type.String({ format: 'email', maxLength: 254 }),
    shipping_address: Type.Optional(ref(Address)),
    payment: Type.Optional(
      Type.Object(
        {
          token: defaulted(
            Type.Enum([...paymentTokens], { type: 'string', default: 'tok_success' })
          )
        },
        { additionalProperties: false }
      )
    ),
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
