import { Type } from 'typebox'
import {
  absentIfNull,
  Money,
  NullableTimestamp,
  NullableUuid,
  ref,
  Uuid
} from '../../plugins/kernel/http/schemas.ts'
import { mostLines, mostUnits } from '../../plugins/shop/cart/limits.ts'
import { Item } from '../_shared/item.ts'
import { lineItem } from '../_shared/line-item.ts'

export type Cart = Type.Static<typeof Cart>
export const Cart = Type.Object(
  {
    id: NullableUuid,
    version: Type.Integer(),
    items: Type.Array(
      Type.Object({
        ...lineItem,
        available: Type.Integer({ description: 'Units that can be sold now.' })
      })
    ),
    subtotal: ref(Money),
    expires_at: NullableTimestamp
  },
  { $id: 'Cart' }
)

/** The schema cannot say that it is one of the two; wanted.ts does. */
export type AddItems = Type.Static<typeof AddItems>
export const AddItems = Type.Object(
  {
    product_id: absentIfNull(Item.properties.product_id),
    quantity: absentIfNull(Item.properties.quantity),
    items: absentIfNull(
      Type.Array(Item, {
        minItems: 1,
        maxItems: mostLines,
        description: 'Instead of product_id and quantity: all of them are added, or none.'
      })
    )
  },
  { additionalProperties: false }
)

export const SetItem = Type.Object(
  { quantity: Type.Integer({ minimum: 0, maximum: mostUnits }) },
  { additionalProperties: false }
)

export const ItemParams = Type.Object({ product_id: Uuid })
