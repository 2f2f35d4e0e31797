import { Type } from 'typebox'
import { Money, ref, Uuid } from '../../plugins/kernel/http/schemas.ts'

/** The members of a line item, as a cart and an order show it. */
export const lineItem = {
  product_id: Uuid,
  sku: Type.String(),
  name: Type.String(),
  quantity: Type.Integer(),
  unit_price: ref(Money),
  line_total: ref(Money)
}
