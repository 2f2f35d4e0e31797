import type { FastifyInstance } from 'fastify'
import type { Cached } from '../../plugins/storage/cache/index.ts'
import type { Text } from '../../plugins/storage/cache/text.ts'
import { finish } from './body.ts'

type Needs = Pick<FastifyInstance, 'cache' | 'reservation'>

/**
 * Reads a text of the catalog and fills in the stock, which is live. While the node's copy under `name` is right, both
 * are asked for in one trip to Redis. `allowed`: what a question to PostgreSQL has to wait for.
 */
export async function readLive<Found extends Cached>(
  { cache, reservation }: Needs,
  name: string | undefined,
  read: () => Promise<Found>,
  allowed?: Promise<void>
) {
  const copy = name === undefined ? undefined : cache.copyOf(name)
  const [found, stock] = await Promise.all([read(), copy && reservation.known(copy.ids)])
  const { text } = found
  if (!text) return { ...found, body: undefined, numbers: undefined, etag: undefined }
  if (text === copy && stock) return { ...found, ...finish(text, stock) }
  await allowed
  return { ...found, ...finish(text, await stockOf(reservation, text)) }
}

/** A product without a stock row has a quantity of 0. */
async function stockOf(reservation: Needs['reservation'], { ids }: Text): Promise<number[]> {
  const available = await reservation.available(ids)
  return ids.map((id) => available.get(id) ?? 0)
}
