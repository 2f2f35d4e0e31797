import { Type } from 'typebox'
import {
  Money,
  NullableTimestamp,
  NullableUuid,
  ProductId
} from '../../plugins/kernel/http/schemas.ts'
import { lineItem } from '../_shared/line-item.ts'

const CartItem = Type.Object(
  { ...lineItem, available: Type.Integer({ description: 'Units that can be sold now.' }) },
  { title: 'CartItem', description: "A line of a cart, at today's price." }
)

export type Cart = Type.Static<typeof Cart>
export const Cart = Type.Object(
  {
    id: NullableUuid,
    version: Type.Integer({ description: 'Rises with each change that the buyer makes.' }),
    items: Type.Array(CartItem),
    subtotal: Money,
    expires_at: NullableTimestamp
  },
  { title: 'Cart', description: 'What a session wants to buy.' }
)

const quantity = (minimum: number) =>
  Type.Integer({ minimum, maximum: 999, description: 'Units.', examples: [2] })

export const NewCartItem = Type.Object(
  { product_id: ProductId, quantity: quantity(1) },
  { title: 'NewCartItem', additionalProperties: false, description: 'Units of a product.' }
)

export const CartItemChange = Type.Object(
  { quantity: quantity(0) },
  {
    title: 'CartItemChange',
    additionalProperties: false,
    description: 'What a line shall have.'
  }
)

export const ItemParams = Type.Object({ product_id: ProductId })
