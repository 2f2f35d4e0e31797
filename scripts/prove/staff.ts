import { setTimeout as sleep } from 'node:timers/promises'
import { uuid4 } from './draws.ts'
import { isFree, type Adjustment, type History, type Product } from './history.ts'

type Headers = Record<string, string>

const initial = 12
const most = 100_000

/** Creates the products that the proof sells, and one that costs nothing. */
export async function stockUp(
  history: History,
  admin_key: string,
  count: number,
  draw: () => number
) {
  const headers = { authorization: `Bearer ${admin_key}` }
  const { run, products } = history
  const shown = await run('categories', { method: 'GET', path: '/categories' })
  const category_id = shown.answer?.body.categories?.[0]?.id
  if (!category_id) throw new Error(`the shop shows no category (${shown.operation.status})`)
  const currency = await currencyOf(history, uuid4(draw))
  for (let n = 1; n <= count + 1; n++) {
    const sku = `PROOF-${uuid4(draw).slice(0, 8)}`
    const amount = n > count ? 0 : 1000 * n
    const price = { amount, currency }
    const body = { sku, name: `Proof ${n} ${sku}`, price, category_id, quantity: initial }
    const { operation, answer } = await run('make product', {
      method: 'POST',
      path: '/admin/products',
      headers,
      body
    })
    const { id, version } = answer?.body ?? {}
    if (operation.status !== 201)
      throw new Error(`a product was not created: ${operation.status} ${operation.code}`)
    products.push({
      id: id!,
      currency,
      initial,
      prices: [{ ...operation, amount, version }],
      adjustments: [],
      readings: []
    })
  }
}

/** Adjusts stock and changes prices of `mine`, which no other staff changes, until `stopped` returns true. */
export async function work(
  history: History,
  mine: Product[],
  admin_key: string,
  draw: () => number,
  stopped: () => boolean
) {
  const headers = { authorization: `Bearer ${admin_key}` }
  while (!stopped()) {
    const product = mine[Math.floor(draw() ** 2 * mine.length)]!
    if (draw() < 0.3 && !isFree(product)) await reprice(history, product, headers, draw)
    else await adjust(history, product, headers, draw)
    await sleep(draw() * 200)
  }
}

/** The shop's currency, which every cart shows. */
async function currencyOf({ run }: History, session: string): Promise<string> {
  const headers = { 'x-session-id': session }
  const { operation, answer } = await run('cart', { method: 'GET', path: '/cart', headers })
  if (answer?.status === 200) return answer.body.subtotal!.currency
  throw new Error(`the shop shows no cart (${operation.status})`)
}

async function reprice({ run }: History, product: Product, headers: Headers, draw: () => number) {
  const amount = 1 + Math.floor(draw() * most)
  const { operation, answer } = await run('reprice', {
    method: 'PATCH',
    path: `/admin/products/${product.id}`,
    headers,
    body: { price: { amount, currency: product.currency } }
  })
  if (operation.result !== 'failed')
    product.prices.push({ ...operation, amount, version: answer?.body.version })
}

async function adjust(history: History, product: Product, headers: Headers, draw: () => number) {
  const delta = draw() < 0.8 ? 1 + Math.floor(draw() * 12) : -1 - Math.floor(draw() * 3)
  const adjustment: Adjustment = { key: uuid4(draw), delta, outcome: 'uncertain' }
  product.adjustments.push(adjustment)
  await makeSure(history, product, adjustment, headers, 3)
}

/** Repeats an adjustment under its key. A refusal is certain only of the first request: an earlier one may still be executed. */
async function makeSure(
  { run }: History,
  { id }: Product,
  adjustment: Adjustment,
  headers: Headers,
  tries: number
) {
  const { key, delta } = adjustment
  for (let attempt = 1; attempt <= tries; attempt++) {
    const { operation } = await run('adjust', {
      method: 'POST',
      path: `/admin/inventory/${id}/adjustments`,
      headers: { ...headers, 'idempotency-key': key },
      body: { delta, reason: reasonOf(adjustment) }
    })
    if (operation.result === 'ok') adjustment.outcome = 'made'
    if (operation.result === 'failed' && attempt === 1) adjustment.outcome = 'refused'
    if (operation.result !== 'unknown') return
    await sleep(200)
  }
}

/** The reason by which the stock movement is found. */
export const reasonOf = ({ key }: Adjustment) => `proof ${key}`

/** Repeats every adjustment whose outcome is unknown, once the faults are over. */
export async function makeSureOfAll(history: History, admin_key: string) {
  const headers = { authorization: `Bearer ${admin_key}` }
  for (const product of history.products)
    for (const adjustment of product.adjustments)
      if (adjustment.outcome === 'uncertain')
        await makeSure(history, product, adjustment, headers, 10)
}
