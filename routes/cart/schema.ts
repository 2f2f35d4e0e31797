import { Type } from 'typebox'
import {
  Money,
  NullableTimestamp,
  NullableUuid,
  ref,
  Uuid
} from '../../plugins/kernel/http/schemas.ts'
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

const quantity = (minimum: number) => Type.Integer({ minimum, maximum: 999 })

export const AddItem = Type.Object(
  { product_id: Uuid, quantity: quantity(1) },
  { additionalProperties: false }
)

export const SetItem = Type.Object({ quantity: quantity(0) }, { additionalProperties: false })

export const ItemParams = Type.Object({ product_id: Uuid })
