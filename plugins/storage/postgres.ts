import fp from 'fastify-plugin'
import type { Kysely } from 'kysely'
import { types, type ClientBase } from 'pg'
import type { Database } from '../../sql/types.ts'
import { operatorError } from '../lib/operator-error.ts'
import { kyselyOn, primaryConnections, registerPool } from './pool.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The primary (20 connections at most): every write, and every read that must see the latest state. */
    db: Kysely<Database>
    /**
     * The epoch of the database, a UUIDv7 that changes by a restore or a promotion. Read on each new connection to the
     * primary, and by each heartbeat.
     */
    epoch: () => string
    /** The id of the shop, a UUID. Read on each new connection to the primary: a copy of a database is another shop. */
    shop: () => string
    /** Takes over the epoch that a caller has read from the primary together with other data. */
    learnEpoch: (epoch: string) => void
  }
}

// Money, versions and counts: the schema keeps them within 2^53 - 1.
types.setTypeParser(types.builtins.INT8, Number)

/** The primary: `fastify.pg.primary.pool`, and Kysely on it. */
export default fp(
  async (fastify) => {
    let epoch = ''
    let shop = ''
    const pool = await registerPool(fastify, 'primary', fastify.config.PRIMARY_URL, {
      max: primaryConnections,
      application_name: `holdfast:${fastify.config.PORT}`,
      onConnect: async (client: ClientBase) => {
        const { rows } = await client.query<Cluster>('select epoch, shop from cluster')
        ;({ epoch, shop } = rows[0]!)
      },
      onError: (err) =>
        fastify.log.warn({ err, pool: 'primary' }, 'idle connection to the primary lost')
    })
    const db = kyselyOn(pool, fastify.watchPool('primary', pool))

    // Fail at boot, not at the first request.
    await pool.query('select 1').catch((cause: unknown) => {
      throw operatorError(`PRIMARY_URL: the primary cannot be used: ${reasonOf(cause)}`, { cause })
    })

    fastify.decorate('db', db)
    fastify.decorate('epoch', () => epoch)
    fastify.decorate('shop', () => shop)
    fastify.decorate('learnEpoch', (read) => {
      epoch = read
    })
  },
  { name: 'postgres', dependencies: ['config', 'database-metrics'] }
)

type Cluster = { epoch: string; shop: string }

/** Never the URL, which has a password. Of a host with several addresses the driver gives a code and no message. */
function reasonOf(err: unknown): string {
  if (!(err instanceof Error)) return String(err)
  return err.message || ('code' in err ? String(err.code) : err.name)
}
