import type { Redis, Result } from 'ioredis'
import { script } from '../../lib/script.ts'
import { noLsn, type Lsn } from '../lsn.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** raise.lua */
    rywRaise(key: string, seen: string, ms: number): Result<string, Context>
  }
}

/** Longer than a replica may be behind and still serve. */
const keptMs = 30_000

const keyOf = (session: string) => `ryw:${session}`
/** This Redis remembers sessions; and it does not do so for long yet. */
const memory = 'ryw:memory'
const young = 'ryw:young'

/**
 * How far each session has seen, in Redis. That nothing is known of a session means something only if nothing was
 * forgotten: a memory that was emptied, and a Redis that this node had lost or could not tell something, are not trusted
 * until whatever they may lack is of no use any more.
 */
export async function openSessions(redis: Redis, epoch: () => string) {
  redis.defineCommand('rywRaise', { numberOfKeys: 1, lua: script(import.meta, 'raise.lua') })
  let distrusted_until = 0
  const distrust = () => (distrusted_until = performance.now() + keptMs)
  redis.on('ready', distrust)
  // The memory begins with the first node, not with the first reader. Without Redis whoever reads begins it.
  if (redis.status === 'ready') await begin().catch(() => {})

  return {
    /** Throws while Redis is away. */
    async read(session: string): Promise<Lsn | 'unknown'> {
      const [seen, remembers, is_young] = await Promise.all([
        redis.get(keyOf(session)),
        redis.get(memory),
        redis.get(young)
      ])
      if (!remembers) await begin()
      if (!remembers || is_young || performance.now() < distrusted_until) return 'unknown'
      if (seen === null) return noLsn
      return seen.startsWith(`${epoch()}:`) ? seen.slice(epoch().length + 1) : 'unknown'
    },

    /** Throws while Redis is away. */
    async raise(session: string, lsn: Lsn): Promise<void> {
      try {
        await redis.rywRaise(keyOf(session), `${epoch()}:${lsn}`, keptMs)
      } catch (err) {
        distrust()
        throw err
      }
    }
  }

  async function begin() {
    if (await redis.exists(memory)) return
    await redis.set(young, 1, 'PX', keptMs)
    await redis.set(memory, 1, 'NX')
  }
}
