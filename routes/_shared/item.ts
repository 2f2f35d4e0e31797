import { Type } from 'typebox'
import { Uuid } from '../../plugins/kernel/http/schemas.ts'
import { mostUnits } from '../../plugins/shop/cart/limits.ts'

/** Units of a product that a buyer asks for. */
export const Item = Type.Object(
  { product_id: Uuid, quantity: Type.Integer({ minimum: 1, maximum: mostUnits }) },
  { additionalProperties: false }
)
