import type { Redis, Result } from 'ioredis'
import type { Kysely } from 'kysely'
import { v4 } from 'uuid'
import type { Database } from '../../sql/types.ts'
import { currentLsn } from '../lsn.ts'
import { script } from '../lua.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** renew.lua */
    generationRenew(
      generation: string,
      written: string,
      position: string,
      id: string,
      ms: number
    ): Result<string, Context>
  }
}

/** The name that all listings are cached under until the catalog changes. */
export type Generation = {
  name: string
  /** It changed just now: a replica may not have the change yet. */
  written: boolean
}

const key = 'products:generation'

/**
 * A generation is the commit position (LSN) of the change that began it, never a counter: a counter that Redis forgets
 * would repeat, and with it the listings of another time. The epoch stands before it, since a restored database goes
 * back to older positions.
 */
export function openGeneration(
  redis: Redis,
  db: Kysely<Database>,
  epoch: () => string,
  written_ms: number
) {
  redis.defineCommand('generationRenew', { numberOfKeys: 2, lua: script(import.meta, 'renew.lua') })

  /** After a commit that changed what listings show. */
  const renew = async () =>
    redis.generationRenew(
      key,
      `written:${key}`,
      `${epoch()}:${await currentLsn(db)}`,
      v4(),
      written_ms
    )

  return {
    async current(): Promise<Generation> {
      const [name, written] = await redis.mget(key, `written:${key}`)
      if (!name?.startsWith(epoch())) return { name: await renew(), written: true }
      return { name, written: written != null }
    },

    renew
  }
}
