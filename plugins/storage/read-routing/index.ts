import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { ReadonlyKysely } from 'kysely/readonly'
import pLimit from 'p-limit'
import type { Database } from '../../../sql/types.ts'
import { isOutage } from '../../kernel/errors/outage.ts'
import { detailed, Overloaded } from '../../kernel/errors/problems.ts'
import { currentLsn, type Lsn } from '../lsn.ts'
import { primaryConnections } from '../pool.ts'
import type { Replica } from '../replicas/replica.ts'
import { openMetrics } from './metrics.ts'
import type { ReadReason } from './reasons.ts'

export type Source = {
  /** The database that answers the read. */
  target: string
  /** Of a replica: the position that the read sees at least. */
  watermark?: Lsn | undefined
  /**
   * A read may set it: a position at or after what it has seen, that came with its own statement (sql/functions/position_seen.sql).
   * Otherwise the database is asked for one.
   */
  seen?: Lsn | undefined
}

/** May run twice, the second time on the primary. One query at a time. */
export type Read<T> = (db: ReadonlyKysely<Database>, source: Source) => Promise<T>

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Reads from the next replica that has everything that the client has written or seen, else from the primary, which
     * serves a limited number of such reads at a time. The session never reads an older state afterwards.
     */
    readFor: <T>(request: FastifyRequest, work: Read<T>) => Promise<T>
    /** As `readFor`, for a row of the client's own: what the replica lacks is looked for on the primary. */
    findFor: <T>(request: FastifyRequest, work: Read<T | undefined>) => Promise<T | undefined>
    /**
     * As `readFor`, for background work: includes everything up to this position. `noLsn`: any replica may serve;
     * unknown: only the primary may.
     */
    readAt: <T>(lsn: Lsn | 'unknown', work: Read<T>) => Promise<T>
    /** How many reads of this node each database has served, and why. */
    readCounts: () => Promise<{ target: string; reason: ReadReason; reads: number }[]>
  }
}

/** Enough for the reads of a node. The other connections are left to writes. */
const mostOnPrimary = primaryConnections / 2
/** As long as a query waits for a connection: no read may queue without end when the primary hangs. */
const patienceMs = 2000

/** What a read must include, and how its position is kept. */
type ReadPosition = {
  floor: Lsn | 'unknown'
  /** Called before the answer with a position at or after what was read. */
  saw?: (lsn: Lsn) => Promise<void>
}

export default fp(
  async (fastify) => {
    const { consistency, db, log, metrics, replicas } = fastify
    const limit = pLimit(mostOnPrimary)
    const { count, counts } = openMetrics(metrics.registry)

    /** `is_enough`: whether the answer of a replica will do. */
    async function serve<T>(
      position: ReadPosition,
      work: Read<T>,
      is_enough: (value: T) => boolean
    ): Promise<T> {
      if (replicas.all.length === 0) return fromPrimary('none', position, work)
      if (position.floor === 'unknown') return fromPrimary('token', position, work)
      if (replicas.all.every(({ health }) => health.state === 'ejected'))
        return fromPrimary('ejected', position, work)

      const at_once = replicas.next(position.floor)
      const replica = at_once ?? (await replicas.soon(position.floor))
      if (!replica) return fromPrimary('wait', position, work)

      const answer = await fromReplica(replica, position, work)
      if (!answer) return fromPrimary('error', position, work)
      count(replica.name, at_once ? 'turn' : 'wait')
      return is_enough(answer.value) ? answer.value : fromPrimary('missing', position, work)
    }

    /** undefined: the replica is unreachable, or was for a moment. */
    async function fromReplica<T>(replica: Replica, { saw }: ReadPosition, work: Read<T>) {
      const { name, connection_generation, watermark } = replica
      try {
        const source: Source = { target: name, watermark }
        const value = await work(replica.db, source)
        const seen = saw && (source.seen ?? (await replica.seen()))
        // A replica that has crashed meanwhile may have lost what it has just shown.
        if (
          replica.connection_generation === connection_generation &&
          (!saw || seen !== undefined)
        ) {
          if (seen !== undefined) await saw?.(seen)
          return { value }
        }
      } catch (err) {
        if (!isOutage(err)) throw err
        log.warn({ err, replica: name }, 'a read on a replica failed')
      }
      void replica.probe()
      return undefined
    }

    /** @throws Overloaded after too long a wait for its turn */
    function fromPrimary<T>(reason: ReadReason, { saw }: ReadPosition, work: Read<T>) {
      const asked_at = performance.now()
      return limit(async () => {
        if (performance.now() - asked_at > patienceMs)
          throw detailed(new Overloaded(), { headers: { 'retry-after': 1 } })
        count('primary', reason)
        const source: Source = { target: 'primary' }
        const value = await work(db as unknown as ReadonlyKysely<Database>, source)
        if (saw && replicas.all.length > 0) await saw(source.seen ?? (await currentLsn(db)))
        return value
      })
    }

    async function positionOf(request: FastifyRequest): Promise<ReadPosition> {
      if (replicas.all.length === 0) return { floor: 'unknown' }
      const floor = await consistency.floorOf(request)
      // Only on a session's routes must later reads not fall behind this one.
      if (!request.session) return { floor }
      return {
        floor,
        async saw(lsn) {
          // No read can fall behind what every replica has.
          const everywhere = replicas.all.every(({ watermark = '' }) => watermark >= lsn)
          if (!everywhere) await consistency.raise(request, lsn)
        }
      }
    }

    fastify.decorate('readFor', async (request, work) =>
      serve(await positionOf(request), noting(request, work), () => true)
    )
    fastify.decorate('findFor', async (request, work) =>
      serve(await positionOf(request), noting(request, work), (value) => value !== undefined)
    )
    fastify.decorate('readAt', (lsn, work) => serve({ floor: lsn }, work, () => true))
    fastify.decorate('readCounts', counts)
  },
  { name: 'read-routing', dependencies: ['postgres', 'metrics', 'replicas', 'consistency'] }
)

/** Names the database that answers a request's read in the log line of the request. */
const noting =
  <T>(request: FastifyRequest, work: Read<T>): Read<T> =>
  (db, source) => {
    request.read_from = source.target
    return work(db, source)
  }
