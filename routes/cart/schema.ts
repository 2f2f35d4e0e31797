import { Type } from 'typebox'
import {
  absentIfNull,
  Money,
  NullableTimestamp,
  NullableUuid,
  ProductId
} from '../../plugins/kernel/http/schemas.ts'
import type { Check } from '../../plugins/kernel/input/schema-of.ts'
import { mostLines, mostUnits } from '../../plugins/shop/cart/limits.ts'
import { Item } from '../_shared/item.ts'
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

const besideItems: Check = (_value, { items }) =>
  items === undefined ? undefined : 'is not taken beside items'

/** Either one product or items. Documents and clients do not have that: a choice is an awkward type in many languages. */
export type NewCartItems = Type.Static<typeof NewCartItems>
export const NewCartItems = Type.Object(
  {
    product_id: absentIfNull(
      Type.String({ ...Item.properties.product_id, 'x-check': besideItems })
    ),
    quantity: absentIfNull(Type.Integer({ ...Item.properties.quantity, 'x-check': besideItems })),
    items: absentIfNull(
      Type.Array(Item, {
        minItems: 1,
        maxItems: mostLines,
        description: 'Instead of product_id and quantity: all of them are added, or none.'
      })
    )
  },
  {
    title: 'NewCartItems',
    additionalProperties: false,
    if: { required: ['items'] },
    else: { required: ['product_id', 'quantity'] },
    description: 'Units of one product, or of several with `items`.',
    examples: [{ product_id: '01941f29-7c00-7001-910d-39285b256d81', quantity: 2 }]
  }
)

export const CartItemChange = Type.Object(
  {
    quantity: Type.Integer({
      minimum: 0,
      maximum: mostUnits,
      description: 'Units; 0 removes the line.',
      examples: [2]
    })
  },
  { title: 'CartItemChange', additionalProperties: false, description: 'What a line shall have.' }
)

export const ItemParams = Type.Object({ product_id: ProductId })
