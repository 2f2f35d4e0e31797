import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { hotListing, purchase, type Asked } from './loads.ts'
import { median } from './ratios.ts'

/**
 * The shop of the requirements: 150 users who make 100 requests a second, and 10 orders a second. The requests leave at
 * their times, whether or not the ones before are answered, so that a latency has the time in which a client had to wait.
 */
const users = 150
const rates = { listing: 45, details: 40, 'add to cart': 10, 'order status': 5, checkout: 10 }

type Kind = keyof typeof rates

/** The most that 99 of 100 requests of a kind may take, in milliseconds. */
export const mix_bars: Record<Kind, number> = {
  listing: 20,
  details: 10,
  'add to cart': 15,
  'order status': 20,
  checkout: 100
}

export type MixFigure = {
  kind: Kind
  requests: number
  p50_ms: number
  p99_ms: number
  must_ms: number
}

/** @throws when an answer is not the expected one */
export async function runMix(url: string, asked: Asked, seconds: number): Promise<MixFigure[]> {
  const sessions = Array.from({ length: users }, () => randomUUID())
  const latencies = new Map<Kind, number[]>()
  const wrong: string[] = []
  const began = performance.now()

  const ask = async (kind: Kind, at: number, due: number) => {
    await sleep(Math.max(0, due - performance.now()))
    const { path, status, ...request } = requestOf(kind, at, asked, sessions[at % users]!)
    const answer = await fetch(`${url}${path}`, request)
    await answer.arrayBuffer()
    latencies.get(kind)!.push(performance.now() - due)
    if (answer.status !== status) wrong.push(`${kind} answers ${answer.status}`)
  }

  const kinds = Object.entries(rates) as [Kind, number][]
  await Promise.all(
    kinds.flatMap(([kind, rate]) => {
      latencies.set(kind, [])
      return Array.from({ length: rate * seconds }, (_, at) =>
        ask(kind, at, began + (at * 1000) / rate).catch((err: Error) =>
          wrong.push(`${kind}: ${err.message}`)
        )
      )
    })
  )
  if (wrong.length > 0) throw new Error(`the mix: ${wrong.length} answers, such as ${wrong[0]}`)
  return [...latencies].map(([kind, of]) => ({
    kind,
    requests: of.length,
    p50_ms: median(of),
    p99_ms: of.toSorted((a, b) => a - b)[Math.floor(of.length * 0.99)]!,
    must_ms: mix_bars[kind]
  }))
}

function requestOf(kind: Kind, at: number, asked: Asked, session: string) {
  const { id } = asked.products[at % asked.products.length]!
  const order = asked.orders[at % asked.orders.length]!
  switch (kind) {
    case 'listing':
      return { path: `${hotListing}&page=${1 + (at % 10)}`, status: 200 }
    case 'details':
      return { path: `/api/v1/products/${id}`, status: 200 }
    case 'order status':
      return {
        path: `/api/v1/orders/${order.id}`,
        status: 200,
        headers: { 'x-session-id': order.session }
      }
    case 'add to cart':
      return posted('/api/v1/cart/items', 200, session, { product_id: id, quantity: 1 })
    case 'checkout':
      return posted('/api/v1/checkout', 201, session, purchase(id))
  }
}

function posted(path: string, status: number, session: string, body: object) {
  const headers = {
    'content-type': 'application/json',
    'x-session-id': session,
    'idempotency-key': randomUUID()
  }
  return { path, status, method: 'POST', headers, body: JSON.stringify(body) }
}
