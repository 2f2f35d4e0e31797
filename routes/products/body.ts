import type { ProductText } from './queries.ts'

/*
 * A cached body is JSON text with a slot for each product's stock, which is live: NUL, the product's id, NUL. JSON text
 * never contains a raw NUL, so splitting finds the slots, and a cache hit neither parses nor serializes JSON.
 */

const mark = '\0'

export const productText = (product: ProductText) =>
  `${JSON.stringify(product).slice(0, -1)}${mark}${product.id}${mark}}`

export const listText = (products: ProductText[], page: object) =>
  `{"products":[${products.map(productText).join()}],"page":${JSON.stringify(page)}}`

/** The product ids in the slots of a text. */
export const slots = (text: string) => text.split(mark).filter((_, at) => at % 2 === 1)

/** The finished body. A product without a stock row has a quantity of 0. */
export const fillSlots = (text: string, available: Map<string, number>) =>
  text
    .split(mark)
    .map((part, at) => (at % 2 === 0 ? part : stockMembers(available.get(part) ?? 0)))
    .join('')

const stockMembers = (quantity: number) => `,"quantity":${quantity},"in_stock":${quantity > 0}`
