import type { FastifyError, FastifyInstance } from 'fastify'
import { Counter, Histogram } from 'prom-client'
import { buckets } from '../../kernel/histogram-buckets.ts'
import { onScrape, type Sample } from '../../kernel/scraped-metrics.ts'
import type { Line } from '../reservation/index.ts'
import {
  findOldestOrphan,
  measureFailedRefunds,
  measureHolds,
  measureOpenPayments
} from './queries.ts'
import type { CheckoutResult } from './result.ts'
import type { FinishOutcome } from './transactions.ts'

export type Phase = 'gate' | 'tx1' | 'charge' | 'tx2'

export type CheckoutMetrics = ReturnType<typeof openMetrics>

/** What becomes of checkouts, orders and units, counted by the node that does it. */
export function openMetrics({ metrics: { registry } }: Pick<FastifyInstance, 'metrics'>) {
  const registers = [registry]
  const answers = new Counter({
    name: 'holdfast_checkout_answers_total',
    help: 'Checkouts by what was answered: placed, replayed, or the code of the problem; most should be placed',
    labelNames: ['answer'],
    registers
  })
  const phases = new Histogram({
    name: 'holdfast_checkout_phase_seconds',
    help: 'Time of gate, tx1 (order and stock), charge, tx2 (how it ended); good: under 0.05, but for the charge',
    labelNames: ['phase'],
    buckets,
    registers
  })
  const checkouts = new Counter({
    name: 'holdfast_checkouts_total',
    help: 'Orders placed by this node, by how their payment ended; most should be confirmed',
    labelNames: ['outcome'],
    registers
  })
  const lateCharges = new Counter({
    name: 'holdfast_late_charges_total',
    help: 'Charges found after their order had ended, by this node; each is given back. Near 0 is good',
    registers
  })
  const orders = new Counter({
    name: 'holdfast_orders_total',
    help: 'Orders that were placed, confirmed, cancelled; refund: charged after their end. Most that are placed should be confirmed',
    labelNames: ['state'],
    registers
  })
  const units = new Counter({
    name: 'holdfast_units_total',
    help: 'Units promised (held for an order), sold (paid for), returned (on sale again, unpaid or cancelled)',
    labelNames: ['state'],
    registers
  })
  for (const outcome of ['confirmed', 'cancelled', 'unknown']) checkouts.inc({ outcome }, 0)
  for (const state of ['placed', 'confirmed', 'cancelled', 'refund']) orders.inc({ state }, 0)
  for (const state of ['promised', 'sold', 'returned']) units.inc({ state }, 0)

  return {
    /** Counts what a checkout is answered, and passes it on. */
    async answered(answer: Promise<CheckoutResult>): Promise<CheckoutResult> {
      try {
        const result = await answer
        answers.inc({ answer: result.kind })
        return result
      } catch (err) {
        const { code, statusCode } = err as Partial<FastifyError>
        answers.inc({ answer: statusCode && code ? code.toLowerCase() : 'internal' })
        throw err
      }
    },

    async timed<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
      const end = phases.startTimer({ phase })
      try {
        return await work()
      } finally {
        end()
      }
    },

    placed(lines: Line[]) {
      orders.inc({ state: 'placed' })
      units.inc({ state: 'promised' }, sum(lines))
    },

    /** How the payment ended of an order that this node has placed. */
    paid: (outcome: FinishOutcome | 'unknown') => checkouts.inc({ outcome }),

    /** A charge was found for an order that had ended. */
    chargedLate: () => lateCharges.inc(),

    /** What TX 2 did. A caller whose TX 2 changed nothing counts nothing. */
    ended(end: FinishOutcome | 'unknown', lines: Line[]) {
      if (end === 'confirmed') units.inc({ state: 'sold' }, sum(lines))
      if (end === 'cancelled') units.inc({ state: 'returned' }, sum(lines))
      if (end === 'confirmed' || end === 'cancelled' || end === 'refund') orders.inc({ state: end })
    }
  }
}

const sum = (lines: Line[]) => lines.reduce((units, { quantity }) => units + quantity, 0)

/** Money and stock that wait for something. The primary is asked when Prometheus asks. */
export function measureOnScrape({
  metrics: { registry },
  db
}: Pick<FastifyInstance, 'metrics' | 'db'>) {
  const orphans = onScrape(registry, () => findOldestOrphan(db))
  orphans.gauge(
    'holdfast_orphan_payment_seconds',
    'How long the oldest money of a cancelled order has been waiting to be given back; 0: there is none',
    (seconds) => [[seconds]]
  )

  const failed = onScrape(registry, () => measureFailedRefunds(db))
  failed.gauge(
    'holdfast_refunds_failed',
    'Refunds that the payment provider has refused or failed to make: their money is owed still; good: 0',
    (rows) => [[rows.reduce((all, { refunds }) => all + refunds, 0)]]
  )
  failed.gauge(
    'holdfast_refunds_failed_amount',
    "Money of refunds that failed, in minor units of the shop's currency; good: 0",
    (rows) => rows.map(({ amount, currency }) => [amount, { currency }]),
    ['currency']
  )

  const holds = onScrape(registry, () => measureHolds(db))
  holds.gauge(
    'holdfast_reservations_active',
    'Orders that hold stock and are not paid yet; good: as many as checkouts are under way',
    ({ orders }) => [[orders]]
  )
  holds.gauge('holdfast_units_held', 'Units held by orders that are not paid yet', ({ units }) => [
    [units]
  ])

  type Open = Awaited<ReturnType<typeof measureOpenPayments>>[number]
  const payments = onScrape(registry, () => measureOpenPayments(db))
  const open = (name: string, help: string, sample: (open: Open) => Sample, labels: string[]) =>
    payments.gauge(`holdfast_payments_open${name}`, help, (rows) => rows.map(sample), labels)
  open(
    '',
    'Payments that have not ended: processing (a checkout waits for the charge), unknown (no answer), refund_pending',
    ({ status, payments: count }) => [count, { status }],
    ['status']
  )
  open(
    '_amount',
    "Money in payments that have not ended, in minor units of the shop's currency",
    ({ status, currency, amount }) => [amount, { status, currency }],
    ['status', 'currency']
  )
  open(
    '_oldest_seconds',
    'Age of the oldest payment that has not ended; good: under 60',
    ({ status, oldest_seconds }) => [oldest_seconds, { status }],
    ['status']
  )
}
