import type { FastifyInstance } from 'fastify'
import { openPool } from './postgres.ts'

/**
 * Runs the work of this name unless another node is at it: then undefined. The lock is its connection's, outside any
 * transaction; should that break, or last for more than an hour, two may run, which costs time and no more.
 */
export async function withAdvisoryLock<T>(
  { config, log }: FastifyInstance,
  name: string,
  work: () => Promise<T>
): Promise<T | undefined> {
  const pool = openPool(config.PRIMARY_URL, {
    max: 1,
    // It is idle for as long as the work takes.
    idleTimeoutMillis: 0,
    // A node that is frozen does not keep the others from it for ever.
    options: '-c idle_session_timeout=1h',
    application_name: `holdfast:${config.PORT}:${name}`,
    onError: (err) => log.warn({ err }, 'connection to the primary lost')
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
      // So that whoever comes next gets it at once; a connection that closes gives it back when the server notices.
      await client.query('select pg_advisory_unlock_all()').catch(() => {})
      client.release(true)
    }
  } finally {
    await pool.end()
  }
}
