import fp from 'fastify-plugin'
import { sql, type Kysely } from 'kysely'
import type { Database } from '../../../sql/types.ts'
import { singleFlight } from '../../lib/single-flight.ts'
import { type PaymentProvider, ProviderUnreachable } from './port.ts'
import { unlessAborted } from './unless-aborted.ts'

/** A node starts without its provider, and so does not wait long for it. */
const mostMsAtStart = 3000

/**
 * A node knows whose provider it talks to. The database names the provider's account; the first node writes it there. A node
 * with another account does not start: it would close payments that the other nodes' provider has charged. A node that does
 * not reach its provider starts, and asks it before its first call; until then it charges, closes and refunds nothing.
 */
export default fp(
  async (fastify) => {
    const { config, db, log, payments } = fastify
    const flights = singleFlight<void>()
    let known = false

    const check = (ms: number) =>
      flights('identity', async () => {
        const identity = await payments.identity(AbortSignal.timeout(ms))
        const expected = await rememberProvider(db, identity)
        if (expected !== identity) throw foreignProvider(identity, expected)
        known = true
      })

    await check(Math.min(mostMsAtStart, config.PAYMENT_TIMEOUT_MS)).catch((err: unknown) => {
      if (isForeign(err)) throw err
      log.warn({ err }, 'the payment provider is unreachable: nothing is charged until it answers')
    })
    if (known) return

    fastify.payments = askingFirst(payments, async () => {
      if (known) return
      await check(config.PAYMENT_TIMEOUT_MS).catch((err: unknown) => {
        if (!isForeign(err)) throw new ProviderUnreachable('no identity', { cause: err })
        log.fatal({ err }, 'the payment provider is not the one of this database')
        // As at the start: this node must not sell. Its supervisor sees that it has failed.
        process.exitCode = 1
        setImmediate(() => void fastify.close())
        throw err
      })
    })
  },
  { name: 'payments-identity', dependencies: ['config', 'payments', 'postgres'] }
)

/** Writes down the provider's identity if there is none yet. @returns the one that the database names */
export async function rememberProvider(db: Kysely<Database>, identity: string): Promise<string> {
  const named = await db.selectFrom('cluster').select('provider').executeTakeFirstOrThrow()
  if (named.provider !== null) return named.provider
  const { provider } = await db
    .updateTable('cluster')
    .set({ provider: sql<string>`coalesce(provider, ${identity})` })
    .returning('provider')
    .executeTakeFirstOrThrow()
  return provider!
}

function foreignProvider(identity: string, expected: string): Error {
  const err = new Error(
    `the payment provider is ${identity}, and this database belongs to ${expected}: give this node the provider of the other nodes (PROVIDER_URL, HOLDFAST_DATA), or accept this one with npm run provider -- --adopt`
  )
  err.name = 'ForeignProvider'
  return err
}

const isForeign = (err: unknown) => err instanceof Error && err.name === 'ForeignProvider'

/** Calls `first` before each call. */
function askingFirst(provider: PaymentProvider, first: () => Promise<void>): PaymentProvider {
  return {
    ...provider,
    async charge(charge) {
      await unlessAborted(first(), charge.signal)
      return provider.charge(charge)
    },
    async close(payment_id, signal) {
      await unlessAborted(first(), signal)
      return provider.close(payment_id, signal)
    },
    async refund(refund) {
      await unlessAborted(first(), refund.signal)
      return provider.refund(refund)
    },
    async find(payment_id) {
      await first()
      return provider.find(payment_id)
    },
    async *list(since) {
      await first()
      yield* provider.list(since)
    }
  }
}
