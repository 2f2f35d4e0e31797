type Meaning = {
  /** What it means, in a sentence. */
  means: string
  /** Members of an example that are its own. */
  example?: { detail?: string; [member: string]: unknown }
}

const product_id = '01941f29-7c00-7001-910d-39285b256d81'
const order_id = '019ac31e-5a00-7c55-8f2e-3d1a90b7c4e2'
const usd = (amount: number) => ({ amount, currency: 'USD' })
const short = { items: [{ product_id, requested: 3, available: 1 }] }

/** What each `code` of an error means. The class of problems.ts has its status and its text. */
export const codes: Record<string, Meaning> = {
  validation_failed: {
    means: 'The request is malformed. `errors` lists what is wrong, and where.',
    example: {
      detail: '#/email must match format "email".',
      errors: [{ pointer: '#/email', detail: 'must match format "email"' }]
    }
  },
  invalid_session_id: { means: '`X-Session-ID` is no UUID of version 4 or 7.' },
  idempotency_key_required: { means: 'A checkout with `items` needs an `Idempotency-Key`.' },
  unauthorized: { means: 'The API key is missing, wrong or revoked.' },
  payment_declined: {
    means: 'The payment was declined. The order is cancelled, its stock is back, the cart is kept.',
    example: { order_id, decline_code: 'card_declined' }
  },
  payment_failed: {
    means:
      'The payment was closed before it was decided: nothing was charged. Try again with a new key.',
    example: { order_id }
  },
  forbidden: {
    means: 'The API key lacks the scope that `detail` names.',
    example: { detail: 'This API key lacks the scope catalog.' }
  },
  cross_site: {
    means:
      'A page of another site sent this request with the cookie, and the shop does not know that site.'
  },
  not_found: {
    means: 'There is no such route.',
    example: { detail: 'There is nothing at GET /api/v1/nothing.' }
  },
  product_not_found: {
    means: 'There is no such product, or it is not for sale.',
    example: { detail: `There is no product ${product_id}.` }
  },
  category_not_found: {
    means: 'There is no such category.',
    example: { detail: 'There is no category ladles.' }
  },
  order_not_found: {
    means: 'This session has no such order.',
    example: { detail: `There is no order ${order_id} in this session.` }
  },
  method_not_allowed: {
    means: 'The path has other methods: `Allow` lists them.',
    example: { detail: 'TRACE is not possible here.' }
  },
  insufficient_stock: {
    means: 'More is asked for than can be sold: `items` says what is available.',
    example: short
  },
  cart_changed: {
    means: 'The cart costs `actual` now, not the `expected` total.',
    example: { expected: usd(14_998), actual: usd(15_998) }
  },
  checkout_in_progress: {
    means: 'The same purchase is being worked on: repeat it after `Retry-After`.'
  },
  order_not_cancellable: { means: 'The order is cancelled already, or shipped.' },
  sku_taken: {
    means: 'Another product has this SKU.',
    example: { detail: 'Another product has the sku CLO-271829.' }
  },
  slug_taken: {
    means: 'Another product has this slug.',
    example: { detail: 'Another product has the slug linen-shirt.' }
  },
  version_mismatch: { means: '`If-Match` names another version: read again, then change that.' },
  payload_too_large: {
    means: 'A body has 64 KiB at most.',
    example: { detail: 'Request body is too large' }
  },
  uri_too_long: { means: 'The URL is too long.' },
  unsupported_media_type: {
    means: 'Bodies are `application/json` in UTF-8, without a content coding.',
    example: { detail: 'Unsupported Media Type' }
  },
  currency_mismatch: {
    means: 'The shop sells in one currency, which `detail` names.',
    example: { detail: 'This shop sells in USD only.' }
  },
  cart_empty: { means: 'There is nothing to buy.' },
  cart_limit_exceeded: {
    means: 'Too many products, units or money for one cart.',
    example: { detail: 'A cart holds 100 products at most.' }
  },
  idempotency_key_reused: { means: 'This `Idempotency-Key` belongs to another request.' },
  rate_limited: { means: 'Too many requests: wait for `Retry-After`.' },
  too_many_reservations: {
    means:
      'Too many orders of this session or address wait for their payment: wait for `Retry-After`.'
  },
  headers_too_large: {
    means: 'The headers, cookies among them, are over 32 KB.',
    example: { detail: 'The headers are too large.' }
  },
  internal: { means: 'A bug or an outage. A checkout may be repeated with the same key.' },
  cart_unavailable: { means: 'Redis is unreachable: carts rest. A checkout with `items` works.' },
  overloaded: {
    means: 'The shop is too busy, or a server is unreachable: repeat after `Retry-After`.'
  }
}
