import { Gauge, type Registry } from 'prom-client'
import type { Kysely } from 'kysely'
import type { Database } from '../../sql/types.ts'
import { findOldestOrphan } from './queries.ts'

/** Money without an order, asked when Prometheus asks. */
export function openGauges(registry: Registry, db: Kysely<Database>) {
  return new Gauge({
    name: 'holdfast_orphan_payment_seconds',
    help: 'How long the oldest money of a cancelled order has been waiting to be given back; 0: there is none',
    registers: [registry],
    async collect() {
      // Without the database the last number stands.
      const seconds = await findOldestOrphan(db).catch(() => undefined)
      if (seconds !== undefined) this.set(seconds)
    }
  })
}
