import { Type } from 'typebox'
import { ProductId } from '../../plugins/kernel/http/schemas.ts'
import { mostUnits } from '../../plugins/shop/cart/limits.ts'

/** Units of a product that a buyer asks for. */
export const Item = Type.Object(
  {
    product_id: ProductId,
    quantity: Type.Integer({
      minimum: 1,
      maximum: mostUnits,
      description: 'Units.',
      examples: [2]
    })
  },
  { title: 'NewCartItem', additionalProperties: false, description: 'Units of a product.' }
)
