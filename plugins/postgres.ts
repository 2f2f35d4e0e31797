import fp from 'fastify-plugin'
import { Kysely, PostgresDialect } from 'kysely'
import { Pool, types, type ClientBase, type PoolConfig } from 'pg'
import type { Database } from '../sql/types.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The primary (20 connections at most): every write, and every read that must see it. */
    db: Kysely<Database>
    /** Which life of the database this is, a UUIDv7; read again on each new connection to the primary. */
    epoch: () => string
  }
}

// Money, versions and counts: the schema keeps them within 2^53 - 1.
types.setTypeParser(types.builtins.INT8, Number)

export default fp(
  async (fastify) => {
    let epoch = ''
    const primary = openPool(fastify.config.PRIMARY_URL, {
      max: 20,
      application_name: `holdfast:${fastify.config.PORT}`,
      onConnect: async (client: ClientBase) => {
        epoch = (await client.query<{ epoch: string }>('select epoch from cluster')).rows[0]!.epoch
      },
      onError: (err) => fastify.log.warn({ err }, 'idle connection to the primary lost')
    })
    const db = kyselyOn(primary)
    fastify.addHook('onClose', () => primary.end())

    // Fail at boot, not at the first request.
    await primary.query('select 1')

    fastify.decorate('db', db)
    fastify.decorate('epoch', () => epoch)
  },
  { name: 'postgres', dependencies: ['config'] }
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

export const kyselyOn = (pool: Pool) =>
  new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
