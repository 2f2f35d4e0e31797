import type { SimulatedToken } from '../../plugins/shop/payments/simulated/tokens.ts'
import { uuid4 } from './draws.ts'
import { isFree, type Line, type Product, type Purchase } from './history.ts'

/** How often each token is used: most charges succeed, and every other outcome is frequent enough. */
const shares: Record<SimulatedToken, number> = {
  tok_success: 10,
  tok_timeout: 2,
  tok_error: 2,
  tok_slow: 1,
  tok_declined: 1,
  tok_insufficient_funds: 1,
  tok_expired_card: 1,
  tok_refund_pending: 1,
  // Its refund waits for an operator, whom the proof does not have.
  tok_refund_fails: 0
}
const tokens = Object.entries(shares).flatMap(([token, times]) =>
  Array.from({ length: times }, () => token)
)

/** What a visitor wants to buy: one in ten only what costs nothing. */
export function wanted(products: Product[], draw: () => number): Line[] {
  if (draw() < 0.1)
    return products.filter(isFree).map(({ id: product_id }) => ({ product_id, quantity: 1 }))
  const lines = new Map<string, number>()
  for (let left = 1 + Math.floor(draw() * 3); left > 0; left--) {
    // The first products are the most wanted.
    const { id } = products[Math.floor(draw() ** 2 * products.length)]!
    lines.set(id, 1 + Math.floor(draw() * 3))
  }
  return [...lines].map(([product_id, quantity]) => ({ product_id, quantity }))
}

/** `items`: bought instead of the cart; `session`: null for a buyer that names none. */
export function newPurchase(
  session: string | null,
  items: Line[] | undefined,
  expected: Purchase['expected'],
  draw: () => number
): Purchase {
  const token = tokens[Math.floor(draw() * tokens.length)]!
  return {
    session,
    is_nameless: session === null,
    key: items || draw() < 0.7 ? uuid4(draw) : undefined,
    items,
    expected,
    body: {
      email: 'ada@example.com',
      payment: { token },
      ...(items && { items }),
      ...(expected && { expected_total: expected })
    },
    attempts: [],
    cancelled: 'never'
  }
}
