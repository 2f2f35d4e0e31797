import type { Registry } from 'prom-client'
import type { Kysely } from 'kysely'
import type { Database } from '../../../sql/types.ts'
import { onScrape, type Sample } from '../../kernel/scraped-metrics.ts'
import { findOldestOrphan, measureHolds, measureOpenPayments } from './queries.ts'

/** Money and stock that wait for something, asked when Prometheus asks. */
export function openGauges(registry: Registry, db: Kysely<Database>) {
  const orphans = onScrape(registry, () => findOldestOrphan(db))
  orphans.gauge(
    'holdfast_orphan_payment_seconds',
    'How long the oldest money of a cancelled order has been waiting to be given back; 0: there is none',
    (seconds) => [[seconds]]
  )

  const holds = onScrape(registry, () => measureHolds(db))
  holds.gauge(
    'holdfast_reservations_active',
    'Orders that hold stock and are not paid yet; good: as many as checkouts are under way',
    ({ orders }) => [[orders]]
  )
  holds.gauge('holdfast_units_held', 'Units that they hold', ({ units }) => [[units]])

  type Open = Awaited<ReturnType<typeof measureOpenPayments>>[number]
  const payments = onScrape(registry, () => measureOpenPayments(db))
  const open = (name: string, help: string, sample: (open: Open) => Sample, labels: string[]) =>
    payments.gauge(`holdfast_payments_open${name}`, help, (rows) => rows.map(sample), labels)
  open(
    '',
    'Payments that have not ended: processing (a checkout is at it), unknown (no answer), refund_pending',
    ({ status, payments: count }) => [count, { status }],
    ['status']
  )
  open(
    '_amount',
    "Money in them, in minor units of the shop's currency",
    ({ status, currency, amount }) => [amount, { status, currency }],
    ['status', 'currency']
  )
  open(
    '_oldest_seconds',
    'Age of the oldest of them; good: under 60',
    ({ status, oldest_seconds }) => [oldest_seconds, { status }],
    ['status']
  )
}
