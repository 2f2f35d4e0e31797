import type { Redis, Result } from 'ioredis'
import { script } from '../../lib/script.ts'
import { sharedRun } from '../../lib/shared-run.ts'
import { openLosses } from '../losses.ts'
import { later, noLsn, type Lsn } from '../lsn.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** raise.lua */
    rywRaise(key: string, seen: string, ms: number): Result<string, Context>
    /** read.lua */
    rywRead(
      key: string,
      memory: string,
      young: string
    ): Result<[seen: string, remembers: number, is_young: number], Context>
    /** losses.lua */
    rywLosses(): Result<string, Context>
  }
}

/** Longer than a replica may be behind and still serve. */
const keptMs = 30_000

/** A hash may have the form of an id: an old name is never that of a session that has a hash. */
const keyOf = (session: string) => `ryw:hash:${session}`
const oldKeyOf = (id: string) => `ryw:${id}`
/** Set while this Redis keeps positions of sessions; and while it has not done so for long. */
const memory = 'ryw:memory'
const young = 'ryw:young'

/**
 * The position that each session has seen, in Redis. An absent position means "seen nothing" only if Redis has lost none:
 * after Redis was emptied, after it dropped keys or refused writes for want of memory, after this node lost its connection,
 * and after it failed to store a position, absent positions are unknown for as long as a lost one could have mattered.
 */
export async function openSessions(redis: Redis, epoch: () => string) {
  redis.defineCommand('rywRaise', { numberOfKeys: 1, lua: script(import.meta, 'raise.lua') })
  redis.defineCommand('rywRead', { numberOfKeys: 3, lua: script(import.meta, 'read.lua') })
  redis.defineCommand('rywLosses', { numberOfKeys: 0, lua: script(import.meta, 'losses.lua') })
  const losses = openLosses(keptMs)
  // Dearer for Redis than the read itself. Asked after the read, so that it counts every loss that the read can have met.
  const noteLosses = sharedRun(async () => losses.note(await redis.rywLosses()))
  let distrusted_until = 0
  const distrust = () => (distrusted_until = performance.now() + keptMs)
  const isDistrusted = () => performance.now() < distrusted_until
  redis.on('ready', distrust)
  // The first node sets the mark, so that the first reader need not; without Redis at the start, a reader does.
  if (redis.status === 'ready') await begin().catch(() => {})

  return {
    /**
     * `old`: the session's id, under which nodes of the last release keep its position.
     * @throws while Redis is unreachable
     */
    async read(session: string, old?: string): Promise<Lsn | 'unknown'> {
      const keys = [keyOf(session), ...(old === undefined ? [] : [oldKeyOf(old)])]
      const found = await Promise.all(keys.map((key) => redis.rywRead(key, memory, young)))
      const [, remembers, is_young] = found[0]!
      if (!remembers) await begin()
      if (!remembers || is_young || isDistrusted()) return 'unknown'
      const positions = found.map(([seen]) => positionOf(seen))
      if (positions.includes('unknown')) return 'unknown'
      const newest = positions.reduce((one, other) => later(one, other))
      if (newest !== noLsn) return newest
      await noteLosses()
      return losses.lately() || isDistrusted() ? 'unknown' : noLsn
    },

    /** @throws while Redis is unreachable */
    async raise(session: string, lsn: Lsn): Promise<void> {
      try {
        await redis.rywRaise(keyOf(session), `${epoch()}:${lsn}`, keptMs)
      } catch (err) {
        distrust()
        throw err
      }
    }
  }

  function positionOf(seen: string): Lsn | 'unknown' {
    if (seen === '') return noLsn
    return seen.startsWith(`${epoch()}:`) ? seen.slice(epoch().length + 1) : 'unknown'
  }

  async function begin() {
    if (await redis.exists(memory)) return
    await redis.set(young, 1, 'PX', keptMs)
    await redis.set(memory, 1, 'NX')
  }
}
