import { Type } from 'typebox'
import { Int64, Lines, ProductId, Timestamp } from '../../../plugins/kernel/http/schemas.ts'

export type Stock = Type.Static<typeof Stock>
export const Stock = Type.Object(
  {
    product_id: ProductId,
    quantity: Int64({ description: 'Units that can still be sold.' }),
    reserved_quantity: Int64({ description: 'Units held by open orders.' }),
    version: Type.Integer({ description: "Of the stock; a product's own is another." }),
    updated_at: Timestamp
  },
  { title: 'Stock', description: 'How much there is of a product.' }
)

const reason = Lines({
  minLength: 1,
  maxLength: 200,
  description: 'Kept in the ledger of stock.',
  examples: ['stocktaking']
})

const mostUnits = 1_000_000_000

export const StockCount = Type.Object(
  {
    quantity: Type.Integer({
      minimum: 0,
      maximum: mostUnits,
      description: 'Units that can be sold.',
      examples: [100]
    }),
    reason
  },
  {
    title: 'StockCount',
    additionalProperties: false,
    description: 'What was counted.'
  }
)

export const Adjustment = Type.Object(
  {
    delta: Type.Integer({
      minimum: -mostUnits,
      maximum: mostUnits,
      description: 'Units to add; less than 0 takes away.',
      examples: [-1]
    }),
    reason
  },
  {
    title: 'StockAdjustment',
    additionalProperties: false,
    description: 'Units that came or went.'
  }
)

export const StockParams = Type.Object({ product_id: ProductId })
