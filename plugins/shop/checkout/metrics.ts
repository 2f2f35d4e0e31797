import type { FastifyError } from 'fastify'
import { Counter, Histogram, type Registry } from 'prom-client'
import { buckets } from '../../kernel/histogram-buckets.ts'
import type { Line } from '../reservation/index.ts'
import type { Placed } from './result.ts'
import type { FinishOutcome } from './transactions.ts'

export type Phase = 'gate' | 'tx1' | 'charge' | 'tx2'

export type CheckoutMetrics = ReturnType<typeof openMetrics>

/** What becomes of checkouts, orders and units, counted by the node that does it. */
export function openMetrics(registry: Registry) {
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
    /** Passes on what a checkout is answered, and counts it. */
    async answered(answer: Promise<Placed>): Promise<Placed> {
      try {
        const placed = await answer
        answers.inc({ answer: placed.replayed ? 'replayed' : 'placed' })
        return placed
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

    /** How the payment of an order ended that this node has placed. */
    paid: (outcome: FinishOutcome | 'unknown') => checkouts.inc({ outcome }),

    /** A charge was found for an order that had ended. */
    chargedLate: () => lateCharges.inc(),

    /** What TX 2 did; whoever finds that somebody was faster counts nothing. */
    ended(end: FinishOutcome | 'unknown', lines: Line[]) {
      if (end === 'confirmed') units.inc({ state: 'sold' }, sum(lines))
      if (end === 'cancelled') units.inc({ state: 'returned' }, sum(lines))
      if (end === 'confirmed' || end === 'cancelled' || end === 'refund') orders.inc({ state: end })
    }
  }
}

const sum = (lines: Line[]) => lines.reduce((units, { quantity }) => units + quantity, 0)
