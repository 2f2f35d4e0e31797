import fp from 'fastify-plugin'
import { sql, type Kysely } from 'kysely'
import type { Database } from '../../sql/types.ts'
import { lsnFrom, type Lsn } from './lsn.ts'
import { statement } from './statement.ts'
import { startBackgroundTask } from '../lib/background-task.ts'

export type Heartbeat = {
  /**
   * The lag in ms of a replica that shows the heartbeat of `at`: the age of the first later heartbeat that this node
   * knows; 0 when there is none. A replica is not behind merely because nothing is written.
   */
  lag_ms: (at: Date) => number
  /** How long ago the heartbeat of `at` was written, in ms of the primary's clock. */
  age_ms: (at: Date) => number
  /** The primary's position at the last heartbeat; undefined: the primary has not answered yet. */
  position: () => Lsn | undefined
  /** The primary did not answer the last time, so the lag of the replicas is unknown. */
  failing: () => boolean
}

declare module 'fastify' {
  interface FastifyInstance {
    /** The row in the primary by which the lag of replicas is measured. */
    heartbeat: Heartbeat
  }
}

const everyMs = 1000

/** How many heartbeats a node remembers: more seconds than the lag at which a replica is ejected. */
const remembered = 16

/**
 * Writes the heartbeat, about once a second however many nodes there are: a node leaves alone what another node wrote
 * less than 900 ms ago. Every node remembers the last heartbeats, and how far its clock is from the primary's.
 */
export default fp(
  async (fastify) => {
    const { db, log } = fastify
    const beats: number[] = []
    /** The primary's clock minus this node's steady clock. */
    let ahead_ms = 0
    let position: Lsn | undefined
    let failing = false

    async function round() {
      try {
        const [row] = await beat(db)
        const { before, at, now, epoch, lsn } = row!
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

type Beat = { before: Date; at: Date; now: Date; epoch: string; lsn: string }

/** `before` and `at`: the heartbeats before and after this statement, the same if another node was faster. */
const beat = statement(
  (_db: Kysely<Database>) => sql<Beat>`
    with written as (
      update heartbeat set at = clock_timestamp()
       where at < clock_timestamp() - interval '900 ms' returning at
    )
    select heartbeat.at as before, coalesce(written.at, heartbeat.at) as at, clock_timestamp() as now,
           cluster.epoch, pg_current_wal_insert_lsn()::text as lsn
      from heartbeat cross join cluster left join written on true`
)
