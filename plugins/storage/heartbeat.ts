import fp from 'fastify-plugin'
import { sql, type Kysely } from 'kysely'
import type { Database } from '../../sql/types.ts'
import { lsnFrom, type Lsn } from './lsn.ts'
import { startBackgroundTask } from '../lib/background-task.ts'

export type Heartbeat = {
  /**
   * How far behind a replica is that shows the beat of `at`: the age in ms of the first later beat, as this node knows
   * them; 0 when it misses none. A database in which nothing is written is not behind.
   */
  lag_ms: (at: Date) => number
  /** How long ago the beat of `at` was written, by the primary's clock. */
  age_ms: (at: Date) => number
  /** Where the primary stood at the last beat; undefined: it has not answered yet. */
  position: () => Lsn | undefined
  /** The primary did not answer the last time: nobody can tell who is behind. */
  failing: () => boolean
}

declare module 'fastify' {
  interface FastifyInstance {
    /** The row that tells how old replicas are. */
    heartbeat: Heartbeat
  }
}

const everyMs = 1000

/** More than it takes to call a replica old. */
const remembered = 16

/**
 * Writes the heartbeat, about once a second however many nodes there are: who comes within 900 ms of another finds it
 * written. Every node remembers the last beats, and sets its clock by the primary's.
 */
export default fp(
  async (fastify) => {
    const { db, log } = fastify
    const beats: number[] = []
    /** The primary's clock minus this node's steady one. */
    let ahead_ms = 0
    let position: Lsn | undefined
    let failing = false

    async function round() {
      try {
        const { before, at, now, epoch, lsn } = await beat(db)
        for (const seen of [before.getTime(), at.getTime()])
          if (seen > (beats.at(-1) ?? 0)) beats.push(seen)
        while (beats.length > remembered) beats.shift()
        ahead_ms = now.getTime() - performance.now()
        position = lsnFrom(lsn)
        fastify.learnEpoch(epoch)
        failing = false
      } catch (err) {
        if (!failing) log.warn({ err }, 'the heartbeat was not written')
        failing = true
      }
    }

    const since = (at: number) => Math.max(0, performance.now() + ahead_ms - at)

    await round()
    startBackgroundTask(fastify, everyMs, round)

    fastify.decorate('heartbeat', {
      lag_ms(at) {
        const missed = beats.find((written) => written > at.getTime())
        return missed === undefined ? 0 : since(missed)
      },
      age_ms: (at) => since(at.getTime()),
      position: () => position,
      failing: () => failing
    } satisfies Heartbeat)
  },
  { name: 'heartbeat', dependencies: ['postgres'] }
)

/** `before` and `at`: the beat that was there and the one that is there now, the same if another node was faster. */
async function beat(db: Kysely<Database>) {
  const { rows } = await sql<{ before: Date; at: Date; now: Date; epoch: string; lsn: string }>`
    with written as (
      update heartbeat set at = clock_timestamp()
       where at < clock_timestamp() - interval '900 ms' returning at
    )
    select heartbeat.at as before, coalesce(written.at, heartbeat.at) as at, clock_timestamp() as now,
           cluster.epoch, pg_current_wal_insert_lsn()::text as lsn
      from heartbeat cross join cluster left join written on true`.execute(db)
  return rows[0]!
}
