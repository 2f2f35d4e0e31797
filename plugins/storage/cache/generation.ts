import type { Redis, Result } from 'ioredis'
import { v4 } from 'uuid'
import type { Lsn } from '../lsn.ts'
import { script } from '../../lib/script.ts'
import type { Incarnation } from './incarnation.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** renew.lua */
    generationRenew(
      generation: string,
      life: string,
      position: Lsn,
      id: string
    ): Result<string, Context>
  }
}

/** The name that all listings are cached under until the catalog changes. */
export type Generation = {
  name: string
  /** Of the change that began it: what fills it must have that change. */
  lsn: Lsn
}

const key = 'products:generation'

/**
 * A generation is the commit position (LSN) of the change that began it, never a counter: a counter that Redis forgets
 * would repeat, and with it the listings of another time. The life stands before it: a restored memory goes back
 * to older generations, a restored database to older positions.
 */
export function openGeneration(redis: Redis, life: Incarnation, position: () => Promise<Lsn>) {
  redis.defineCommand('generationRenew', { numberOfKeys: 1, lua: script(import.meta, 'renew.lua') })

  /** After a commit that changed what listings show. */
  const renew = async (lsn?: Lsn) =>
    redis.generationRenew(key, life.now(), lsn ?? (await position()), v4())

  return {
    renew,
    async current(): Promise<Generation> {
      const known = await redis.get(key)
      const name = known?.startsWith(`${life.now()}:`) ? known : await renew()
      return { name, lsn: name.split(':').at(-2)! }
    }
  }
}
