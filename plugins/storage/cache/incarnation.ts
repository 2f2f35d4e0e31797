import type { FastifyBaseLogger } from 'fastify'
import type { Redis } from 'ioredis'

export type Incarnation = {
  /** The run of Redis and the epoch of the database, as they stand in every value: one of another life is a miss. */
  now: () => string
  run: () => string
  epoch: () => string
}

/**
 * Which life of Redis we are connected to. One that was restarted may have come back with an older memory, so what was
 * cached in another run is worth nothing. While nobody knows which run it is, `now` and `run` throw.
 */
export async function followIncarnation(
  redis: Redis,
  epoch: () => string,
  log: FastifyBaseLogger
): Promise<Incarnation> {
  let known: string | undefined

  async function learn() {
    const info = await redis.info('server').catch((err: unknown) => {
      log.warn({ err }, 'Redis does not say which run it is')
      // The connection is good for nothing without it; another one may be.
      redis.disconnect(true)
      return ''
    })
    known = /^run_id:(\w+)/m.exec(info)?.[1]
  }

  redis.on('close', () => (known = undefined))
  redis.on('ready', learn)
  if (redis.status === 'ready') await learn()

  const run = () => {
    if (known === undefined) throw new Error('Redis is away')
    return known
  }
  return { run, epoch, now: () => `${run()}:${epoch()}` }
}
