import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

/** One after every durable step of the order workflow: where a process may die with its work half done. */
export const points = [
  /** The gate holds the units, or could not tell. */
  'gate-asked',
  /** The gate's hold was dropped again: there is no order to hold for. */
  'hold-returned',
  /** TX 1: PostgreSQL placed the order, or refused it. */
  'order-decided',
  /** The gate knows that the units were taken. The charge is on its way beside it. */
  'units-taken',
  /** The provider decided the charge, or its answer was lost. Nobody has written it down. */
  'charge-answered',
  /** TX 2: the payment's end, and the order's. */
  'payment-recorded',
  /** The payment's outcome is written down as unknown. */
  'unknown-outcome-recorded',
  /** The gate knows what came back, or that the order has ended. */
  'units-returned',
  /** What was bought has left the cart. */
  'cart-cleared',

  /** The order is cancelled; its stock is back, its money not yet. */
  'order-cancelled',

  /** A payment in doubt is this node's to resolve, for a while. */
  'unknown-outcome-claimed',
  /** The provider closed the payment, or told how it ended, or its answer was lost. */
  'close-answered',
  /** The provider was silent for too long: the stock is back on sale, the payment stays open. */
  'order-given-up',

  /** A payment's refunds are this node's to send, for a while. */
  'refund-claimed',
  /** The provider gave the money back. Nobody has written it down. */
  'refund-answered',
  /** The refund is written down. */
  'refund-recorded'
] as const

export type Failpoint = (typeof points)[number]

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Says how far the work has come, which does nothing. In the tests' hands (HOLDFAST_FAILPOINT=name, or name:hits)
     * whoever comes to the named point stops there, and the last of them takes the process along, as by `kill -9`.
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
    throw new Error(`environment variable HOLDFAST_FAILPOINT: there is no point ${armed}`)

  let left = Number(hits)
  return (name) => {
    if (name !== armed) return
    left--
    if (left === 0) process.kill(process.pid, 'SIGKILL')
    return new Promise<never>(() => {})
  }
}
