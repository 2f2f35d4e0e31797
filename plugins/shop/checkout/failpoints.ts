import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { operatorError } from '../../lib/operator-error.ts'

/** A point after every durable step of the order workflow: a process that dies there leaves its work half done. */
export const points = [
  /** The gate holds the units, or gave no opinion. */
  'gate-asked',
  /** The gate hold was dropped again: no order was placed. */
  'hold-returned',
  /** TX 1: PostgreSQL placed the order, or refused it. */
  'order-decided',
  /** The gate has the numbers after TX 1. The charge runs at the same time. */
  'units-taken',
  /** The provider decided the charge, or its answer was lost. The outcome is not recorded yet. */
  'charge-answered',
  /** TX 2 ended the payment and the order. */
  'payment-recorded',
  /** The payment's outcome is recorded as unknown. */
  'unknown-outcome-recorded',
  /** The gate has the numbers after the order was cancelled. */
  'units-returned',
  /** The bought lines have left the cart. */
  'cart-cleared',

  /** The order is cancelled. Its stock is back on sale; its money is not refunded yet. */
  'order-cancelled',

  /** This node has claimed a payment with an unknown outcome. */
  'unknown-outcome-claimed',
  /** The provider closed the payment or answered how it was decided, or its answer was lost. */
  'close-answered',
  /** The provider was silent for too long: the stock is back on sale, and the payment stays open. */
  'order-given-up',

  /** This node has claimed a payment with pending refunds. */
  'refund-claimed',
  /** The provider gave the money back. The refund is not recorded yet. */
  'refund-answered',
  /** The refund is recorded. */
  'refund-recorded'
] as const

export type Failpoint = (typeof points)[number]

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Called after every durable step. Does nothing, unless a test sets HOLDFAST_FAILPOINT to `name` or `name:hits`: then
     * every request that comes to the named point stops there, and the last of so many hits kills the process (SIGKILL).
     */
    failpoint: (name: Failpoint) => void | Promise<never>
  }
}

export default fp(
  async (fastify) => {
    const { HOLDFAST_FAILPOINT } = fastify.config
    fastify.decorate('failpoint', HOLDFAST_FAILPOINT ? arm(HOLDFAST_FAILPOINT) : () => {})
  },
  { name: 'failpoints', dependencies: ['config'] }
)

function arm(wanted: string): FastifyInstance['failpoint'] {
  const [armed, hits = '1'] = wanted.split(':')
  if (!points.some((name) => name === armed))
    throw operatorError(`environment variable HOLDFAST_FAILPOINT: there is no point ${armed}`)

  let left = Number(hits)
  return (name) => {
    if (name !== armed) return
    left--
    if (left === 0) process.kill(process.pid, 'SIGKILL')
    return new Promise<never>(() => {})
  }
}
