import fastifyPostgres from '@fastify/postgres'
import type { FastifyInstance } from 'fastify'
import {
  HandleEmptyInListsPlugin,
  Kysely,
  PostgresDialect,
  replaceWithNoncontingentExpression,
  type PostgresPool,
  type PostgresPoolClient
} from 'kysely'
import { Pool, type ClientBase, type PoolClient, type PoolConfig } from 'pg'
import type { Database } from '../../sql/types.ts'
import { postgresConnection } from '../lib/postgres-connection.ts'
import type { PoolWatch } from './database-metrics/index.ts'
import { send, sendUnnamed, type Send } from './prepared.ts'

/** Connections of a node to the primary, at most: 20 in all. */
export const primaryConnections = 16
/** Those that only batches of orders use, so that they wait for no other request. */
export const batchConnections = 4
/**
 * Every statement of a request has an index that serves it, or a function that says how it is planned. A prepared one keeps
 * its plan: one that was made while a table was small would read all of it later (docs/decisions/0010).
 */
export const plansByIndex = '-c enable_seqscan=off'
/** A batch is tried in single orders soon: the others in it, and those behind it, wait for a lock that is not theirs. */
export const batchLockMs = 500

/** Every wait on a connection is bounded: until it is open, for a lock, for a statement, in a transaction. */
const bounds = {
  connectionTimeoutMillis: 2000,
  idleTimeoutMillis: 30_000,
  statement_timeout: 4000,
  // For a server that is frozen and cannot end the statement itself.
  query_timeout: 6000,
  lock_timeout: 2000,
  idle_in_transaction_session_timeout: 5000,
  keepAlive: true
} satisfies PoolConfig

export type PoolOptions = Omit<PoolConfig, 'options' | 'ssl' | 'connectionString' | 'onConnect'> & {
  /** Settings of the session besides those of every connection: `-c name=value`. */
  settings?: string
  /** Runs on each new connection before its first query. */
  onConnect?: (client: ClientBase) => Promise<void>
  /** Called when an idle connection drops. Without this listener the error would end the process. */
  onError: (err: Error) => void
}

/**
 * Opens `fastify.pg[name].pool`. @fastify/postgres ends the pool when the node closes, so no plugin may end it. Nothing
 * connects yet: the listeners are there before the first connection.
 */
export async function registerPool(
  fastify: FastifyInstance,
  name: string,
  url: string,
  { onError, ...options }: PoolOptions
): Promise<Pool> {
  await fastify.register(fastifyPostgres, { ...connectionOf(url, options), name })
  return withErrorListeners(fastify.pg[name]!.pool, onError)
}

/** Opens a pool that its caller ends, for work that begins and ends while the node runs. */
export const openPool = (url: string, { onError, ...options }: PoolOptions): Pool =>
  withErrorListeners(new Pool(connectionOf(url, options)), onError)

function connectionOf(
  url: string,
  { settings, onConnect, ...options }: Omit<PoolOptions, 'onError'>
) {
  const connection = postgresConnection(url, settings)
  return {
    ...bounds,
    ...options,
    ...connection,
    async onConnect(client: ClientBase) {
      await connection.onConnect(client)
      await onConnect?.(client)
    }
  }
}

function withErrorListeners(pool: Pool, onError: (err: Error) => void): Pool {
  pool.on('error', onError)
  // A busy connection that drops: its query rejects, so the event itself needs no handling.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** @param prepares whether its connections prepare statements (statement.ts) */
export const kyselyOn = (pool: Pool, watch: PoolWatch, { prepares }: { prepares: boolean }) =>
  new Kysely<Database>({
    dialect: new PostgresDialect({ pool: discarding(pool, watch, prepares ? send : sendUnnamed) }),
    log: watch.queried,
    plugins: [noEmptyLists]
  })

/** `in ()` is a syntax error: an empty list becomes a condition that no row meets, and `not in` one that every row meets. */
const noEmptyLists = new HandleEmptyInListsPlugin({ strategy: replaceWithNoncontingentExpression })

/**
 * The pool as Kysely sees it. A connection whose query was given up does not return to the pool: the connection still
 * waits for the answer to that query.
 */
function discarding(pool: Pool, { waited }: PoolWatch, ask: Send): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const asked_at = performance.now()
      const client: PoolClient = await pool
        .connect()
        .finally(() => waited((performance.now() - asked_at) / 1000))
      let given_up = false
      const query = async (text: string, values: unknown[]) => {
        try {
          return await ask(client, text, values)
        } catch (err) {
          given_up ||= isGivenUp(err)
          throw err
        }
      }
      return { query, release: () => client.release(given_up) } as object as PostgresPoolClient
    }
  }
}

/** The driver has no code for it (test/plugins/storage/driver-messages.test.ts). */
const isGivenUp = (err: unknown) => err instanceof Error && err.message === 'Query read timeout'
