import type { FastifyInstance } from 'fastify'

export type Trips = { redis: number; primary: number }

/**
 * What a piece of work costs a node: times that it sent something to Redis, all commands of one turn of the event loop
 * together, and statements that it sent to the primary. The fewest of three runs: the node's own tasks ask too.
 */
export async function countTrips(
  node: FastifyInstance,
  work: () => Promise<unknown>
): Promise<Trips> {
  const runs = [await once(node, work), await once(node, work), await once(node, work)]
  return {
    redis: Math.min(...runs.map(({ redis }) => redis)),
    primary: Math.min(...runs.map(({ primary }) => primary))
  }
}

async function once(node: FastifyInstance, work: () => Promise<unknown>): Promise<Trips> {
  let redis = 0
  let primary = 0
  const { stream } = node.redis as unknown as { stream: { write: (...args: never[]) => boolean } }
  const write = stream.write
  let is_counted = false
  stream.write = (...args) => {
    if (!is_counted) {
      redis++
      is_counted = true
      setImmediate(() => (is_counted = false))
    }
    return write.apply(stream, args)
  }
  const pool = node.pg.primary!.pool
  const connect = pool.connect.bind(pool)
  const count = async () => {
    const client = await connect()
    primary++
    return client
  }
  pool.connect = count as typeof pool.connect
  try {
    await work()
  } finally {
    stream.write = write
    pool.connect = connect
  }
  return { redis, primary }
}
