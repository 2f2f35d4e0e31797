import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Reader } from '../../../sql/types.ts'
import type { Known, Stock } from '../../shop/reservation/index.ts'
import { findStock } from '../../shop/reservation/queries.ts'
import { tally, type Check, type Witness } from './finding.ts'

const batch = 500
/** How often the gate is compared, since it may learn of a commit late: from the request, or from the outbox relay. */
const looks = 8
const betweenMs = 250

/** The stock gate in Redis agrees with the primary about each product, as soon as no request changes the product. */
export const gateCheck = (fastify: FastifyInstance): Check => ({
  name: 'gate-agrees',
  meaning:
    "The stock gate knows a product's stock as the primary has it, and has counted what its holds add up to. (Without deep: the 500 products whose stock changed last.)",
  remedy:
    'Orders may be refused although there is stock, or pass the gate to PostgreSQL, which sells nothing twice. Delete the keys inventory:{id} of these products; if it fires again, search the nodes’ logs for "outbox" and "gate".',

  async look(deep) {
    const { db } = fastify
    const { look, add } = tally()
    const differing = comparison(fastify)
    for await (const product_ids of deep ? allProducts(db) : [await changedLast(db)]) {
      let wrong = await differing(product_ids)
      for (let again = 1; again < looks && wrong.size > 0; again++) {
        await wait(betweenMs)
        wrong = await differing([...wrong.keys()])
      }
      for (const witness of wrong.values()) add(witness)
    }
    return look
  }
})

function comparison({ db, reservation }: FastifyInstance) {
  /** The products that differ. A product that changed during the comparison is left out. */
  return async (product_ids: string[]): Promise<Map<string, Witness>> => {
    const before = await stockOf(db, product_ids)
    const known = new Map((await reservation.look(product_ids)).map((one) => [one.product_id, one]))
    const after = await stockOf(db, product_ids)
    const wrong = new Map<string, Witness>()
    for (const [product_id, stock] of before) {
      const gate = known.get(product_id)
      const isQuiet = after.get(product_id)?.version === stock.version
      if (gate && isQuiet && !agree(gate, stock)) wrong.set(product_id, { product_id, stock, gate })
    }
    return wrong
  }
}

/** A Redis that was restarted may lack the newest numbers. Then the gate reads the primary before it refuses an order. */
const agree = (gate: Known, stock: Omit<Stock, 'product_id'>) =>
  gate.version < stock.version
    ? gate.outlived
    : gate.version === stock.version &&
      gate.quantity === stock.quantity &&
      (gate.units === undefined || gate.pending === gate.units)

async function stockOf(db: Reader, product_ids: string[]) {
  const rows = await findStock(db, product_ids)
  return new Map(rows.map(({ product_id, ...stock }) => [product_id, stock]))
}

async function changedLast(db: Reader): Promise<string[]> {
  const rows = await db
    .selectFrom('inventory')
    .select('product_id')
    .orderBy('updated_at', 'desc')
    .limit(batch)
    .execute()
  return rows.map(({ product_id }) => product_id)
}

async function* allProducts(db: Reader): AsyncGenerator<string[]> {
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const rows = await db
      .selectFrom('inventory')
      .select('product_id')
      .where('product_id', '>', after)
      .orderBy('product_id')
      .limit(batch)
      .execute()
    if (rows.length > 0) yield rows.map(({ product_id }) => product_id)
    if (rows.length < batch) return
    after = rows.at(-1)!.product_id
  }
}
