import { Type } from 'typebox'
import { Money, ProductId } from '../../plugins/kernel/http/schemas.ts'

/** The members of a line item, as a cart and an order show it. */
export const lineItem = {
  product_id: ProductId,
  sku: Type.String({ description: "The product's SKU." }),
  name: Type.String({ description: "The product's name." }),
  quantity: Type.Integer({ description: 'Units.' }),
  unit_price: Money,
  line_total: Money
}
