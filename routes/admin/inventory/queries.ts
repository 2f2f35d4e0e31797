import { createHash } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import { newId } from '../../../plugins/lib/ids.ts'
import type { Database, Reader } from '../../../sql/types.ts'
import type { Stock } from './schema.ts'

type StockOutcome =
  | 'changed'
  | 'unchanged'
  | 'replayed'
  | 'reused'
  | 'not_found'
  | 'version_mismatch'
  | 'insufficient_stock'

export type StockChange = {
  product_id: string
  /** set: `units` is the new quantity; adjust: `units` is added to it. */
  kind: 'set' | 'adjust'
  units: number
  reason: string
  /** Names the reason of the movement: the same cause moves the stock once. */
  cause_id: string
  version?: number | undefined
}

/** The stock of a product, as it is on the primary. */
export const findStock = (db: Reader, product_id: string): Promise<Stock | undefined> =>
  db
    .selectFrom('inventory')
    .select(['product_id', 'quantity', 'reserved_quantity', 'version', 'updated_at'])
    .where('product_id', '=', product_id)
    .executeTakeFirst()

/** sql/functions/change_stock.sql: one statement, so that no row stays locked during a round trip. */
export async function changeStock(
  db: Kysely<Database>,
  { product_id, kind, units, reason, ...rest }: StockChange
) {
  const { rows } = await sql<Stock & { outcome: StockOutcome; before: number }>`
    select * from change_stock(
      p_product => ${product_id}::uuid,
      p_kind => ${kind}::movement_kind,
      p_units => ${units}::bigint,
      p_reason => ${reason}::text,
      p_cause => ${rest.cause_id}::uuid,
      p_version => ${rest.version ?? null}::bigint)`.execute(db)
  const { outcome, before, ...stock } = rows[0]!
  return { outcome, before, stock }
}

/** A repeated Idempotency-Key of the same API key and product is the same cause; without a key each request is a cause. */
export function causeOf(api_key: string, product_id: string, key: string | undefined): string {
  if (key === undefined) return newId()
  const hash = createHash('sha256')
    .update(JSON.stringify([api_key, product_id, key]))
    .digest('hex')
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`
}
