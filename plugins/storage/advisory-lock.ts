import type { FastifyInstance } from 'fastify'
import { openPool } from './pool.ts'

/**
 * Runs the work unless another node runs work of this name: then undefined. The lock belongs to a connection, outside
 * any transaction; if that breaks, or the work lasts for more than an hour, two nodes may run it, which costs only time.
 *
 * The connection is a plain pool's: a lock is taken while the node runs, when no plugin can be registered any more. It is
 * not from `fastify.pg.primary`: the work would occupy one of its connections.
 */
export async function withAdvisoryLock<T>(
  { config, log }: Pick<FastifyInstance, 'config' | 'log'>,
  name: string,
  work: () => Promise<T>
): Promise<T | undefined> {
  const pool = openPool(config.PRIMARY_URL, {
    max: 1,
    // The connection is idle for as long as the work takes.
    idleTimeoutMillis: 0,
    // A frozen node gives up its lock after an hour.
    settings: '-c idle_session_timeout=1h',
    application_name: `holdfast:${config.PORT}:${name}`,
    onError: (err) => log.warn({ err, lock: name }, 'connection to the primary lost')
  })
  try {
    const client = await pool.connect()
    try {
      const { rows } = await client.query<{ ours: boolean }>(
        'select pg_try_advisory_lock(hashtext($1)) as ours',
        [`holdfast ${name}`]
      )
      return rows[0]!.ours ? await work() : undefined
    } finally {
      // Another node can take the lock at once; after a mere close the server would release it some time later.
      await client.query('select pg_advisory_unlock_all()').catch(() => {})
      client.release(true)
    }
  } finally {
    await pool.end()
  }
}
