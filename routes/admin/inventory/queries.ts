import { createHash } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import { newId } from '../../../plugins/lib/ids.ts'
import { statement } from '../../../plugins/storage/statement.ts'
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
export async function findStock(db: Reader, product_id: string): Promise<Stock | undefined> {
  const [stock] = await stockOf(db, { product_id })
  return stock
}

const stockOf = statement((db: Reader, { product_id }: { product_id: string }) =>
  db
    .selectFrom('inventory')
    .select(['product_id', 'quantity', 'reserved_quantity', 'version', 'updated_at'])
    .where('product_id', '=', product_id)
)

/** sql/functions/change_stock.sql: one statement, so that no row stays locked during a round trip. */
export async function changeStock(
  db: Kysely<Database>,
  { version = undefined, ...change }: StockChange
) {
  const [row] = await changed(db, { ...change, version })
  const { outcome, before, ...stock } = row!
  return { outcome, before, stock }
}

const changed = statement(
  (_db: Kysely<Database>, change: Required<StockChange>) => sql<
    Stock & { outcome: StockOutcome; before: number }
  >`
    select outcome, before, product_id, quantity, reserved_quantity, version, updated_at from change_stock(
      p_product => ${change.product_id}::uuid,
      p_kind => ${change.kind}::movement_kind,
      p_units => ${change.units}::bigint,
      p_reason => ${change.reason}::text,
      p_cause => ${change.cause_id}::uuid,
      p_version => ${change.version}::bigint)`
)

/** A repeated Idempotency-Key of the same API key and product is the same cause; without a key each request is a cause. */
export function causeOf(api_key: string, product_id: string, key: string | undefined): string {
  if (key === undefined) return newId()
  const hash = createHash('sha256')
    .update(JSON.stringify([api_key, product_id, key]))
    .digest('hex')
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`
}
