import type { Redis, Result } from 'ioredis'
import { sql, type Kysely } from 'kysely'
import { v4 } from 'uuid'
import type { Database } from '../../sql/types.ts'
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

/** Fixed width, so that string order is number order. */
async function currentLsn(db: Kysely<Database>) {
  const { rows } = await sql<{ lsn: string }>`
    select lpad(to_hex((pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint), 16, '0') as lsn`.execute(
    db
  )
  return rows[0]!.lsn
}
