import fp from 'fastify-plugin'
import type { Kysely } from 'kysely'
import { types, type ClientBase, type Pool } from 'pg'
import type { Database } from '../../sql/types.ts'
import { operatorError } from '../lib/operator-error.ts'
import {
  batchConnections,
  batchLockMs,
  kyselyOn,
  plansByIndex,
  primaryConnections,
  registerPool,
  type PoolOptions
} from './pool.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The primary (16 connections at most): every write, and every read that must see the latest state. */
    db: Kysely<Database>
    /** The primary for batches of orders: 4 connections of their own. */
    batchDb: Kysely<Database>
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

/** The primary: the pools `fastify.pg.primary` and `fastify.pg.batch`, and Kysely on each. */
export default fp(
  async (fastify) => {
    let epoch = ''
    let shop = ''
    const open = (name: string, own: Pick<PoolOptions, 'max' | 'settings' | 'lock_timeout'>) =>
      registerPool(fastify, name, fastify.config.PRIMARY_URL, {
        ...own,
        application_name: `holdfast:${fastify.config.PORT}`,
        onConnect: async (client: ClientBase) => {
          const { rows } = await client.query<Cluster>('select epoch, shop from cluster')
          ;({ epoch, shop } = rows[0]!)
        },
        onError: (err) =>
          fastify.log.warn({ err, pool: name }, 'idle connection to the primary lost')
      })
    const pool = await open('primary', { max: primaryConnections, settings: plansByIndex })
    const batch = await open('batch', {
      max: batchConnections,
      settings: `${plansByIndex} -c plan_cache_mode=force_generic_plan`,
      lock_timeout: batchLockMs
    })

    // Fail at boot, not at the first request.
    await pool.query('select 1').catch((cause: unknown) => {
      throw operatorError(`PRIMARY_URL: the primary cannot be used: ${reasonOf(cause)}`, { cause })
    })

    const kysely = (name: string, on: Pool) =>
      kyselyOn(on, fastify.watchPool(name, on), {
        prepares: fastify.config.PREPARED_STATEMENTS === 'on'
      })
    fastify.decorate('db', kysely('primary', pool))
    fastify.decorate('batchDb', kysely('batch', batch))
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
