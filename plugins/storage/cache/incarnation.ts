import type { FastifyBaseLogger } from 'fastify'
import type { Redis } from 'ioredis'

export type Incarnation = {
  /** The run of Redis and the epoch of the database. It stands in every value; a value of another incarnation is a miss. */
  now: () => string
  run: () => string
  epoch: () => string
}

/**
 * Follows the incarnation: the run id of the Redis server that the node is connected to, and the epoch of the database. A
 * Redis that was restarted may have loaded older data, so what was cached in another run is not used. While the run id is
 * not known, `now` and `run` throw.
 */
export async function followIncarnation(
  redis: Redis,
  epoch: () => string,
  log: FastifyBaseLogger
): Promise<Incarnation> {
  let known: string | undefined

  async function learn() {
    const info = await redis.info('server').catch((err: unknown) => {
      log.warn({ err }, 'INFO server failed: the Redis run id is unknown')
      // Without the run id this connection is of no use; the next one may be.
      redis.disconnect(true)
      return ''
    })
    known = /^run_id:(\w+)/m.exec(info)?.[1]
  }

  redis.on('close', () => (known = undefined))
  redis.on('ready', learn)
  if (redis.status === 'ready') await learn()

  const run = () => {
    if (known === undefined) throw new Error('Redis is unreachable')
    return known
  }
  return { run, epoch, now: () => `${run()}:${epoch()}` }
}
