import { Type } from 'typebox'
import { Lines, Timestamp, Uuid } from '../../../plugins/kernel/http/schemas.ts'

export type Stock = Type.Static<typeof Stock>
export const Stock = Type.Object(
  {
    product_id: Uuid,
    quantity: Type.Integer({ description: 'Units that can still be sold.' }),
    reserved_quantity: Type.Integer({ description: 'Units held by open orders.' }),
    version: Type.Integer(),
    updated_at: Timestamp
  },
  { $id: 'Stock' }
)

const reason = Lines({ minLength: 1, maxLength: 200 })

const mostUnits = 1_000_000_000

export const StockCount = Type.Object(
  { quantity: Type.Integer({ minimum: 0, maximum: mostUnits }), reason },
  { additionalProperties: false }
)

export const Adjustment = Type.Object(
  { delta: Type.Integer({ minimum: -mostUnits, maximum: mostUnits }), reason },
  { additionalProperties: false }
)

export const StockParams = Type.Object({ product_id: Uuid })
