import type { Redis, Result } from 'ioredis'
import { v4 } from 'uuid'
import type { Lsn } from '../lsn.ts'
import { script } from '../../lib/script.ts'
import type { Questions } from '../questions/index.ts'
import type { Incarnation } from './incarnation.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** renew.lua */
    generationRenew(
      generation: string,
      incarnation: string,
      position: Lsn,
      id: string
    ): Result<string, Context>
  }
}

/** The name under which all listings are cached until the catalog changes. */
export type Generation = {
  name: string
  /** Of the change that began the generation: a listing is read from a database that has that change. */
  lsn: Lsn
}

const key = 'products:generation'

/**
 * A generation is named by the position (LSN) of the change that began it, never by a counter: a counter that Redis lost
 * would start again, and old listings with it. The incarnation stands before the position, since a restored Redis has
 * older generations and a restored database older positions.
 */
export function openGeneration(
  redis: Redis,
  questions: Questions,
  incarnation: Incarnation,
  position: () => Promise<Lsn>
) {
  redis.defineCommand('generationRenew', { numberOfKeys: 1, lua: script(import.meta, 'renew.lua') })

  /** After a commit that changed what listings show. */
  const renew = async (lsn?: Lsn) =>
    redis.generationRenew(key, incarnation.now(), lsn ?? (await position()), v4())

  return {
    renew,
    async current(): Promise<Generation> {
      const known = await questions.once('generation', () =>
        questions.ask<string | null>(redis, { name: 'value', keys: [key], args: ['', ''] })
      )
      const name = known?.startsWith(`${incarnation.now()}:`) ? known : await renew()
      return { name, lsn: name.split(':').at(-2)! }
    }
  }
}
