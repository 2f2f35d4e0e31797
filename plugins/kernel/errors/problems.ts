import createError from '@fastify/error'

/*
 * Every error that a client can get, by its stable `code`: throw them. Three other places answer errors: problem-document.ts gives
 * an error of Fastify the code of its status, raw.ts answers bytes that are no HTTP, and NGINX answers when it reaches no node.
 * 400 the request is malformed · 404 there is no such thing for this client · 409 the present state forbids it · 422 it is
 * well-formed and can never succeed.
 */

export const ValidationFailed = createError('validation_failed', '%s', 400)
export const InvalidSessionId = createError(
  'invalid_session_id',
  'X-Session-ID must be a UUID of version 4 or 7.',
  400
)
export const IdempotencyKeyRequired = createError(
  'idempotency_key_required',
  'Buying items from the body needs an Idempotency-Key header.',
  400
)
export const Unauthorized = createError(
  'unauthorized',
  'Send an API key: Authorization: Bearer <key>.',
  401
)
export const PaymentDeclined = createError('payment_declined', 'The payment was declined.', 402)
export const PaymentFailed = createError(
  'payment_failed',
  'The payment was not charged: try again with a new key.',
  402
)
export const Forbidden = createError('forbidden', 'This API key lacks the scope %s.', 403)
export const CrossSite = createError(
  'cross_site',
  'The cookie of the session came with a request of another site.',
  403
)
export const NotFound = createError('not_found', 'There is nothing at %s %s.', 404)
export const ProductNotFound = createError('product_not_found', 'There is no product %s.', 404)
export const CategoryNotFound = createError('category_not_found', 'There is no category %s.', 404)
export const OrderNotFound = createError(
  'order_not_found',
  'There is no order %s in this session.',
  404
)
export const MethodNotAllowed = createError('method_not_allowed', '%s is not possible here.', 405)
/** The code is that of the proxy's own answer. */
export const RequestTimeout = createError(
  'validation_failed',
  'The request took too long to arrive.',
  408
)
export const InsufficientStock = createError(
  'insufficient_stock',
  'There is not enough stock.',
  409
)
export const CartChanged = createError('cart_changed', 'The cart costs something else now.', 409)
export const CheckoutInProgress = createError(
  'checkout_in_progress',
  'The same purchase is being worked on.',
  409
)
export const OrderNotCancellable = createError(
  'order_not_cancellable',
  'An order in this state cannot be cancelled.',
  409
)
export const SkuTaken = createError('sku_taken', 'Another product has the sku %s.', 409)
export const SlugTaken = createError('slug_taken', 'Another product has the slug %s.', 409)
export const VersionMismatch = createError(
  'version_mismatch',
  'If-Match names another version.',
  412
)
export const UriTooLong = createError('uri_too_long', 'The URL is too long.', 414)
export const UnsupportedMediaType = createError('unsupported_media_type', '%s', 415)
export const UnknownCategory = createError('category_not_found', 'There is no category %s.', 422)
export const CurrencyMismatch = createError('currency_mismatch', 'This shop sells in %s only.', 422)
export const CartEmpty = createError('cart_empty', 'The cart is empty.', 422)
export const CartLimitExceeded = createError('cart_limit_exceeded', '%s', 422)
export const IdempotencyKeyReused = createError(
  'idempotency_key_reused',
  'This Idempotency-Key was used for another request.',
  422
)
export const RateLimited = createError('rate_limited', 'Too many requests.', 429)
export const TooManyUnpaidOrders = createError(
  'rate_limited',
  'Too many orders of this session or address ended without a payment.',
  429
)
export const TooManyReservations = createError(
  'too_many_reservations',
  'Too many orders are waiting for their payment. Try again when they are settled.',
  429
)
export const HeadersTooLarge = createError(
  'headers_too_large',
  'The headers are larger than 32 KB in all: mostly it is the cookies.',
  431
)
export const CartUnavailable = createError(
  'cart_unavailable',
  'Carts cannot be reached right now.',
  503
)
export const Overloaded = createError(
  'overloaded',
  'The shop cannot be reached right now. Try again.',
  503
)

export type Details = {
  /** Extension members of the problem document. */
  members?: Record<string, unknown>
  /** Headers of the answer, as Retry-After. */
  headers?: Record<string, string | number>
  /** The session (its hash) of the order that the answer names. */
  session?: string
}

/** An error with further members and headers of its answer: `throw detailed(new CartChanged(), { members: { expected, actual } })`. */
export const detailed = <T extends Error>(error: T, details: Details): T & Details =>
  Object.assign(error, details)
