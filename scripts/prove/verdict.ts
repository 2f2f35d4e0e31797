import { hashOf } from '../../plugins/kernel/session/id.ts'
import { isFinal } from './buyer.ts'
import type { Evidence, OrderRow } from './evidence.ts'
import type { History, Product, Purchase } from './history.ts'
import { reasonOf } from './staff.ts'

/**
 * One sentence that must be true, how many cases were checked, and which of them violate it. With fewer cases than `least`
 * the sentence was hardly tried.
 */
export type Finding = { sentence: string; looked_at: number; least: number; violations: unknown[] }

/** What is rare in a proof of a minute on a slow machine, and what is not. */
const few = 10
const many = 50

/** The verdict: compares what clients were answered with the evidence from the database. */
export const judge = (history: History, evidence: Evidence): Finding[] => [
  ...judgeOrders(history, evidence),
  ...judgePurchases(history, evidence),
  ...judgeProducts(history, evidence),
  finding('No answer was an internal error', history.operations, ({ status }) => status !== 500)
]

/** The orders, as answers named them and as they ended. */
function judgeOrders({ purchases, products, surprises }: History, evidence: Evidence): Finding[] {
  const { orders, refunds } = evidence
  const byId = new Map(orders.map((order) => [order.id, order]))
  const named = purchases.flatMap((purchase) =>
    purchase.attempts
      .filter(({ order_id }) => order_id)
      .map((attempt) => ({ purchase, attempt, order: byId.get(attempt.order_id!) }))
  )
  const paid = named.filter(({ attempt }) => attempt.status === 201)

  return [
    finding(
      'Every order that an answer named exists and belongs to that buyer',
      named,
      ({ purchase, order }) =>
        purchase.session !== null && order?.session_id === hashOf(purchase.session)
    ),
    finding(
      'Every order that was answered as paid was confirmed',
      paid,
      ({ order }) => order?.is_confirmed
    ),
    finding(
      'Every order that was answered as declined is cancelled, and was never confirmed',
      named.filter(({ attempt }) => attempt.status === 402),
      ({ order }) => order?.status === 'cancelled' && !order.is_confirmed,
      { least: few }
    ),
    finding(
      'No buyer paid another total than the expected one',
      paid.filter(({ purchase }) => purchase.expected),
      ({ purchase, attempt }) => attempt.total === purchase.expected!.amount,
      { least: few }
    ),
    finding(
      'No buyer paid a price that was not the current one at that time',
      paid,
      ({ purchase, order }) => order && hasCurrentPrices(order, purchase, products)
    ),
    finding(
      'Every order that was answered as cancelled is cancelled',
      purchases.filter(({ cancelled }) => cancelled === 'confirmed'),
      ({ attempts }) =>
        byId.get(attempts.findLast(({ order_id }) => order_id)!.order_id!)?.status === 'cancelled',
      { least: few }
    ),
    finding(
      'An order of nothing is confirmed or cancelled by its buyer, and the provider has no charge for it',
      orders.filter(({ total }) => total === 0),
      ({ is_confirmed, cancel_reason, reference }) =>
        (is_confirmed || cancel_reason === 'customer') && reference === null,
      { least: few }
    ),
    finding(
      'Every refund is made: no repeat of one is refused as another refund',
      refunds,
      ({ status }) => status === 'succeeded',
      { least: few }
    ),
    finding(
      'Buyers find the orders that answers named, at once',
      purchases.filter(({ attempts }) => attempts.some(({ order_id }) => order_id)),
      () => true,
      { others: surprises }
    )
  ]
}

/** The purchases, each of which is repeated until its outcome is certain. */
function judgePurchases({ purchases }: History, { orders }: Evidence): Finding[] {
  const keyed = purchases.filter(({ key }) => key)
  const nameless = keyed.filter(({ is_nameless }) => is_nameless)
  const sessions = new Set(purchases.flatMap(({ session }) => (session ? hashOf(session) : [])))

  return [
    finding(
      'A purchase is one order, however often and at whichever node it is repeated',
      keyed,
      (purchase) => isOneOrder(purchase, orders)
    ),
    finding(
      'A purchase by key is one order, also when its buyer names no session and loses the answer',
      nameless,
      (purchase) => isOneOrder(purchase, orders),
      { least: few }
    ),
    finding(
      'A cart is bought once',
      [...sessions],
      (session) =>
        orders.filter((one) => one.session_id === session && one.status !== 'cancelled').length <= 1
    ),
    finding(
      'A refused purchase left no order',
      keyed.filter(isRefused),
      ({ key }) => !orders.some((one) => one.idempotency_key === key),
      { least: few }
    ),
    finding(
      'Every unknown outcome becomes one certain outcome when the request is repeated',
      keyed,
      ({ attempts }) => isFinal(attempts.at(-1)) && attempts.at(-1)!.status !== 202
    )
  ]
}

/** Stock, and what clients read. */
function judgeProducts({ products }: History, evidence: Evidence): Finding[] {
  return [
    finding(
      'An adjustment of stock is made once when it was answered as made, and never when it was refused',
      products.flatMap((product) => product.adjustments),
      (one) => {
        const times = evidence.movements.filter((reason) => reason === reasonOf(one)).length
        return times === { made: 1, refused: 0, uncertain: Math.min(times, 1) }[one.outcome]
      }
    ),
    finding(
      'Every unit is on sale, held or sold, and none is sold twice',
      products,
      (product) => isExact(product, evidence),
      { least: few }
    ),
    finding(
      'No client reads an older product than one that was answered before',
      readingsOf(products),
      ({ newest_before, reading }) => reading.version >= newest_before,
      { least: few }
    )
  ]
}

/** What clients read of the products, each with the newest version that had been answered before. */
const readingsOf = (products: Product[]) =>
  products.flatMap((product) =>
    product.readings.map((reading) => ({
      product_id: product.id,
      newest_before: newestBefore(product, reading.invoked),
      reading
    }))
  )

function finding<T>(
  sentence: string,
  all: T[],
  holds: (one: T) => unknown,
  { least = many, others = [] }: { least?: number; others?: unknown[] } = {}
): Finding {
  return {
    sentence,
    looked_at: all.length,
    least,
    violations: [...all.filter((one) => !holds(one)), ...others]
  }
}

/** The same order in every answer, and no second one under the key, which no other purchase has. */
function isOneOrder({ key, attempts }: Purchase, orders: OrderRow[]): boolean {
  const named = new Set(attempts.flatMap(({ order_id }) => order_id ?? []))
  for (const { id, idempotency_key } of orders) if (idempotency_key === key) named.add(id)
  return named.size <= 1
}

const isRefused = ({ attempts }: Purchase) =>
  attempts.length > 0 && attempts.every(({ result, order_id }) => result === 'failed' && !order_id)

/** The order was placed at some time between the first request and the first answer that named it. */
function hasCurrentPrices(order: OrderRow, { attempts }: Purchase, products: Product[]): boolean {
  const from = Math.min(...attempts.map(({ invoked }) => invoked))
  const to = Math.min(
    ...attempts.filter(({ order_id }) => order_id === order.id).map(({ completed }) => completed)
  )
  return order.items.every(({ product_id, unit_price }) => {
    const { prices } = products.find(({ id }) => id === product_id)!
    return prices.some(({ amount, invoked, result }, index) => {
      // A change whose answer was lost may take effect at any later time.
      const next = prices.slice(index + 1).find((change) => change.result === 'ok')
      const ends = result === 'unknown' ? Infinity : (next?.completed ?? Infinity)
      return amount === unit_price && invoked <= to && ends >= from
    })
  })
}

function isExact(product: Product, { orders, stock, movements }: Evidence): boolean {
  const row = stock.find(({ product_id }) => product_id === product.id)!
  const made = product.adjustments
    .filter((one) => movements.includes(reasonOf(one)))
    .reduce((sum, { delta }) => sum + delta, 0)
  const sold = orders
    .filter(({ status }) => status === 'confirmed')
    .flatMap(({ items }) => items.filter(({ product_id }) => product_id === product.id))
    .reduce((sum, { quantity }) => sum + quantity, 0)
  return row.reserved === 0 && row.quantity >= 0 && product.initial + made - sold === row.quantity
}

const newestBefore = ({ prices }: Product, time: number) =>
  Math.max(...prices.map(({ version, completed }) => (completed < time ? (version ?? 0) : 0)))
