import { newCheckout } from '../../../routes/checkout/schema.ts'
import { NewCartItems } from '../../../routes/cart/schema.ts'
import { token } from '../../../plugins/shop/payments/simulated/tokens.ts'
import { hotListing, purchase } from '../loads.ts'
import type { Bodies } from './bodies.ts'

/** Asks a node for the answers whose bytes the limits have too. */
export async function readBodies(url: string, sold_out: string): Promise<Bodies> {
  const listing = await text(`${url}${hotListing}`)
  const { products } = JSON.parse(listing) as { products: { id: string }[] }
  const product_id = products[0]!.id
  return {
    details: await text(`${url}/api/v1/products/${product_id}`),
    listing,
    cart: await text(`${url}/api/v1/cart/items`, { product_id, quantity: 1 }),
    refusal: await text(`${url}/api/v1/checkout`, purchase(sold_out)),
    line: NewCartItems,
    purchase: newCheckout(token)
  }
}

const text = async (url: string, body?: object): Promise<string> => {
  const headers = { 'content-type': 'application/json', 'idempotency-key': 'the refusal' }
  const answer = await fetch(url, body && { method: 'POST', headers, body: JSON.stringify(body) })
  return answer.text()
}
