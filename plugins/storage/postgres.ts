import fp from 'fastify-plugin'
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely'
import { Pool, types, type ClientBase, type PoolClient, type PoolConfig } from 'pg'
import type { Database } from '../../sql/types.ts'
import type { PoolWatch } from './database-metrics/index.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The primary (20 connections at most): every write, and every read that must see it. */
    db: Kysely<Database>
    /** Which life of the database this is, a UUIDv7; read again on each new connection to the primary, and each second. */
    epoch: () => string
    /** For whoever reads it from the primary anyway. */
    learnEpoch: (epoch: string) => void
  }
}

export const primaryConnections = 20

// Money, versions and counts: the schema keeps them within 2^53 - 1.
types.setTypeParser(types.builtins.INT8, Number)

export default fp(
  async (fastify) => {
    let epoch = ''
    const primary = openPool(fastify.config.PRIMARY_URL, {
      max: primaryConnections,
      application_name: `holdfast:${fastify.config.PORT}`,
      onConnect: async (client: ClientBase) => {
        epoch = (await client.query<{ epoch: string }>('select epoch from cluster')).rows[0]!.epoch
      },
      onError: (err) => fastify.log.warn({ err }, 'idle connection to the primary lost')
    })
    const db = kyselyOn(primary, fastify.watchPool('primary', primary))
    fastify.addHook('onClose', () => primary.end())

    // Fail at boot, not at the first request.
    await primary.query('select 1')

    fastify.decorate('db', db)
    fastify.decorate('epoch', () => epoch)
    fastify.decorate('learnEpoch', (read) => {
      epoch = read
    })
  },
  { name: 'postgres', dependencies: ['config', 'database-metrics'] }
)

type PoolOptions = PoolConfig & {
  /** Without a listener a dropped idle connection would end the process. */
  onError: (err: Error) => void
}

/** A pool on which every wait is bounded. */
export function openPool(url: string, { onError, ...options }: PoolOptions) {
  const pool = new Pool({
    connectionString: url,
    connectionTimeoutMillis: 2000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 4000,
    // For a server that is frozen and cannot time out itself.
    query_timeout: 6000,
    lock_timeout: 2000,
    idle_in_transaction_session_timeout: 5000,
    keepAlive: true,
    ...options
  })
  pool.on('error', onError)
  // The same of one that is in use; whoever uses it is told by its query.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

export const kyselyOn = (pool: Pool, watch: PoolWatch) =>
  new Kysely<Database>({
    dialect: new PostgresDialect({ pool: discarding(pool, watch) }),
    log: watch.queried
  })

/** A pool as Kysely sees it, which takes no connection back whose query was given up: it would still be waited for. */
function discarding(pool: Pool, { waited }: PoolWatch): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const asked_at = performance.now()
      const client: PoolClient = await pool
        .connect()
        .finally(() => waited((performance.now() - asked_at) / 1000))
      let given_up = false
      const query = async (...args: [string, unknown[]]) => {
        try {
          return await client.query(...args)
        } catch (err) {
          given_up ||= err instanceof Error && err.message === 'Query read timeout'
          throw err
        }
      }
      return { query, release: () => client.release(given_up) } as object as PostgresPoolClient
    }
  }
}
