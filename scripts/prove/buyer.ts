import { setTimeout as sleep } from 'node:timers/promises'
import { uuid4 } from './draws.ts'
import type { History, Line, Operation, Purchase } from './history.ts'
import { newPurchase, wanted } from './wishes.ts'

const mostTries = 8

/** One visit after the other, until `stopped` returns true. */
export async function buyUntilStopped(
  history: History,
  draw: () => number,
  stopped: () => boolean
) {
  while (!stopped()) {
    await visit(history, draw)
    await sleep(draw() * 200)
  }
}

/** One visitor: reads a product, fills a cart or not, buys or leaves, and sometimes cancels. */
async function visit(history: History, draw: () => number): Promise<void> {
  const lines = wanted(history.products, draw)
  if (draw() < 0.15) return buyWithoutSession(history, lines, draw)
  const session = uuid4(draw)
  if (draw() < 0.4) await look(history, session, lines[0]!.product_id)

  const fromCart = draw() < 0.7 && (await fill(history, session, lines))
  if (fromCart && draw() < 0.1) return
  const expected = fromCart && draw() < 0.5 ? await subtotal(history, session) : undefined
  const purchase = newPurchase(session, fromCart ? undefined : lines, expected, draw)
  history.purchases.push(purchase)

  const impatience = draw()
  const payments = [pay(history, purchase)]
  if (impatience < 0.2) payments.push(pay(history, purchase))
  if (fromCart && impatience > 0.9) {
    // The same cart in another tab of the browser.
    const other = { ...newPurchase(session, undefined, undefined, draw), body: purchase.body }
    history.purchases.push(other)
    payments.push(pay(history, other))
  }
  await Promise.all(payments)
  const order = purchase.attempts.findLast(({ order_id }) => order_id)
  if (!order || order.status === 402) return

  await lookAtOrder(history, session, order.order_id!)
  if (draw() < 0.2) await cancel(history, purchase, order.order_id!)
}

/**
 * A script that buys items by key and names no session. It loses its answer and asks again, perhaps in a session that it has
 * by then, and perhaps while its first request is under way.
 */
async function buyWithoutSession(history: History, lines: Line[], draw: () => number) {
  const purchase = newPurchase(null, lines, undefined, draw)
  history.purchases.push(purchase)
  const first = checkOut(history, purchase, null)
  if (draw() < 0.5) await first
  const later = draw() < 0.5 ? uuid4(draw) : null
  const again = [null, later].map((session) => pay(history, purchase, mostTries, session))
  await Promise.all([first, ...again])
  await pay(history, purchase, mostTries, later)
  const { session } = purchase
  const order = purchase.attempts.findLast(({ order_id }) => order_id)
  if (session && order) await lookAtOrder(history, session, order.order_id!)
}

/** Whether the cart holds the lines. Without Redis there are no carts, and the shop sells all the same. */
async function fill({ run }: History, session: string, lines: Line[]): Promise<boolean> {
  const headers = { 'x-session-id': session }
  for (const body of lines) {
    const { answer } = await run('add', { method: 'POST', path: '/cart/items', headers, body })
    if (answer?.status !== 200) return false
  }
  return true
}

async function subtotal({ run }: History, session: string) {
  const headers = { 'x-session-id': session }
  const { answer } = await run('cart', { method: 'GET', path: '/cart', headers })
  return answer?.status === 200 && answer.body.items!.length > 0 ? answer.body.subtotal : undefined
}

async function look({ run, products }: History, session: string, product_id: string) {
  const headers = { 'x-session-id': session }
  const path = `/products/${product_id}`
  const { operation, answer } = await run('look', { method: 'GET', path, headers })
  if (answer?.status !== 200) return
  const { price, version } = answer.body
  const { readings } = products.find(({ id }) => id === product_id)!
  readings.push({ ...operation, amount: price!.amount, version: version! })
}

/** Repeats the checkout until its answer is final, `tries` times at most. */
export async function pay(
  history: History,
  purchase: Purchase,
  tries = mostTries,
  session = purchase.session
): Promise<void> {
  for (; tries > 0; tries--) {
    const { operation, answer } = await checkOut(history, purchase, session)
    if (isFinal(operation)) return
    const seconds = Number(answer?.headers.get('retry-after') ?? 0.2)
    await sleep(Math.min(seconds * 1000, 1000))
  }
}

async function checkOut({ run }: History, purchase: Purchase, session: string | null) {
  const { key, body, attempts } = purchase
  const headers = {
    ...(session && { 'x-session-id': session }),
    ...(key && { 'idempotency-key': key })
  }
  const question = { method: 'POST', path: '/checkout', headers, body } as const
  const result = await run('checkout', question)
  const { operation, answer } = result
  const order_id =
    answer?.body.order_id ?? (operation.result === 'ok' ? answer?.body.id : undefined)
  attempts.push({ ...operation, order_id, total: answer?.body.total?.amount })
  // The session of the order, which a buyer that named none learns from the answer.
  const told = order_id === undefined ? null : answer?.headers.get('x-session-id')
  if (told) purchase.session = told
  return result
}

/** Whether an answer says what became of the purchase. 202 does: the order exists and can be read. */
export function isFinal(attempt: Operation | undefined): boolean {
  const { status, code } = attempt ?? {}
  return status !== undefined && status < 500 && code !== 'checkout_in_progress'
}

/** Reads an order that an answer named: its buyer must find it. */
async function lookAtOrder({ run, surprises }: History, session: string, id: string) {
  const headers = { 'x-session-id': session }
  for (const path of [`/orders/${id}`, '/orders?limit=100']) {
    const { operation, answer } = await run('order', { method: 'GET', path, headers })
    const { orders } = answer?.body ?? {}
    const isMissing = operation.status === 404 || orders?.every((one) => one.id !== id)
    if (isMissing)
      surprises.push({
        what: 'an order was not found by its buyer',
        about: { id, path, operation }
      })
  }
}

async function cancel({ run }: History, purchase: Purchase, id: string) {
  const headers = { 'x-session-id': purchase.session! }
  purchase.cancelled = 'asked'
  for (let tries = mostTries; tries > 0; tries--) {
    const { operation } = await run('cancel', {
      method: 'POST',
      path: `/orders/${id}/cancel`,
      headers
    })
    if (operation.result === 'ok') purchase.cancelled = 'confirmed'
    if (operation.result !== 'unknown') return
  }
}
