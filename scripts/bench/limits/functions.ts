import { randomBytes, randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import { v7 } from 'uuid'
import { orderNumber } from '../../../plugins/shop/checkout/new-order.ts'
import type { Charge } from '../../stack/provider-ledger.ts'
import type { Measured } from '../wrk.ts'

export type Sold = { id: string; price: number }

/** Orders of one call: what group commit can bring together. */
const most = 64

/**
 * TX 1 and TX 2 alone, for so many seconds: 64 orders of one line a call, one call after the other. No HTTP, no gate, no
 * provider. It says what the schema allows.
 * @returns also the charges that the payments of these orders stand for, which the provider does not know
 * @throws when an order is not placed and confirmed
 */
export async function functionsAlone(
  pool: Pool,
  products: Sold[],
  currency: string,
  seconds: number
): Promise<Measured & { charges: Charge[] }> {
  const charges: Charge[] = []
  const began = performance.now()
  while (performance.now() - began < seconds * 1000)
    charges.push(...(await placeAndFinish(pool, products, currency)))
  return { operations: charges.length, seconds: (performance.now() - began) / 1000, charges }
}

async function placeAndFinish(pool: Pool, products: Sold[], currency: string): Promise<Charge[]> {
  const ids = Array.from({ length: most }, () => v7())
  const picked = ids.map(() => products[Math.floor(Math.random() * products.length)]!)
  const of_call = [...new Map(picked.map((product) => [product.id, product])).values()]
  const ordinals = new Map(of_call.map(({ id }, at) => [id, at + 1]))
  const prices = picked.map(({ price }) => price)
  const payments = ids.map(() => v7())
  const references = ids.map(() => `sim_${randomUUID()}`)
  const all = <T>(value: T) => ids.map(() => value)
  const each = <T>(make: () => T) => ids.map(() => make())

  const placed = await pool.query<{ outcome: string }>({
    name: 'place',
    text: `select outcome from place_orders(
      $1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::bytea[], $6::uuid[], $7::uuid[], $8::text[], $9::jsonb[],
      $10::bigint[], $11::timestamptz[], $12::text, '600 s', '15 s', '10 s',
      $13::int[], $14::int[], $15::int[], $16::bigint[], $17::uuid[], 5, true, $18::uuid[])`,
    values: [
      ids,
      ids.map(orderNumber),
      each(randomUUID),
      each(randomUUID),
      each(() => randomBytes(32)),
      all(null),
      payments,
      all('ada@example.com'),
      all(null),
      prices,
      all(new Date()),
      currency,
      ids.map((_, at) => at + 1),
      picked.map(({ id }) => ordinals.get(id)),
      all(1),
      prices,
      of_call.map(({ id }) => id),
      each(randomUUID)
    ]
  })
  expectAll(placed.rows, 'placed')
  const finished = await pool.query<{ outcome: string }>({
    name: 'finish',
    text: 'select outcome from finish_orders($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])',
    values: [ids, all('succeeded'), all('payment_failed'), references, all(null)]
  })
  expectAll(finished.rows, 'confirmed')
  return payments.map((payment_id, at) => ({
    payment_id,
    amount: prices[at]!,
    currency,
    reference: references[at]!,
    at: new Date()
  }))
}

function expectAll(rows: { outcome: string }[], outcome: string): void {
  const other = rows.find((row) => row.outcome !== outcome)
  if (other) throw new Error(`an order of the functions alone is ${other.outcome}, not ${outcome}`)
}
