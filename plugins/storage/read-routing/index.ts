import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { ReadonlyKysely } from 'kysely/readonly'
import pLimit from 'p-limit'
import { Counter } from 'prom-client'
import type { Database } from '../../../sql/types.ts'
import { isOutage } from '../../kernel/errors/outage.ts'
import { detailed, Overloaded } from '../../kernel/errors/problems.ts'
import { currentLsn, type Lsn } from '../lsn.ts'
import { primaryConnections } from '../postgres.ts'
import type { Replica } from '../replicas/replica.ts'

/** Who answers a read. Of a replica: what the read sees at least. */
export type Source = { target: 'primary' } | { target: string; watermark: Lsn | undefined }

/** It may be run twice, and a second time on the primary. One query at a time. */
export type Read<T> = (db: ReadonlyKysely<Database>, source: Source) => Promise<T>

/**
 * Why a read was served where it was. A replica: its turn, or after a wait until it had caught up. The primary: the
 * reader's token is not known or not ours; no replica had caught up; all are ejected; a replica failed; it had not what
 * was asked for; there are none.
 */
export type ReadReason = 'turn' | 'wait' | (typeof primaryReasons)[number]
export const primaryReasons = ['token', 'wait', 'ejected', 'error', 'missing', 'none'] as const

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Reads from the next replica that has everything this request has written or seen, else, at most a part of them at
     * a time, from the primary. A session never reads anything older afterwards.
     */
    readFor: <T>(request: FastifyRequest, work: Read<T>) => Promise<T>
    /** The same for what its owner asks for: what a replica does not have is looked for on the primary. */
    findFor: <T>(request: FastifyRequest, work: Read<T | undefined>) => Promise<T | undefined>
    /**
     * The same for whoever is no request and wants everything up to a position (`noLsn`: nothing in particular; unknown:
     * nobody can tell, so the primary).
     */
    readAt: <T>(lsn: Lsn | 'unknown', work: Read<T>) => Promise<T>
    /** How many reads this node has had served, by whom and why. */
    readCounts: () => Promise<{ target: string; reason: ReadReason; reads: number }[]>
  }
}

/** Enough for the reads of a node, and leaves the other connections to those who write. */
const mostOnPrimary = primaryConnections / 2
/** As long as one waits for a connection: on a primary that hangs nobody should queue for ever. */
const patienceMs = 2000

type Reader = {
  floor: Lsn | 'unknown'
  /** Told a position at or after what was read, before the answer. */
  saw?: (lsn: Lsn) => Promise<void>
}

export default fp(
  async (fastify) => {
    const { consistency, db, log, metrics, replicas } = fastify
    const limit = pLimit(mostOnPrimary)
    const counter = new Counter({
      name: 'holdfast_reads_total',
      help: 'Reads that a replica may serve, by who served them and why',
      labelNames: ['target', 'reason'],
      registers: [metrics.registry]
    })
    const count = (target: string, reason: ReadReason) => counter.inc({ target, reason })

    /** `is_enough`: whether a replica's answer will do. */
    async function serve<T>(
      reader: Reader,
      work: Read<T>,
      is_enough: (value: T) => boolean
    ): Promise<T> {
      if (replicas.all.length === 0) return fromPrimary('none', reader, work)
      if (reader.floor === 'unknown') return fromPrimary('token', reader, work)
      if (replicas.all.every(({ health }) => health.state === 'ejected'))
        return fromPrimary('ejected', reader, work)

      const at_once = replicas.next(reader.floor)
      const replica = at_once ?? (await replicas.soon(reader.floor))
      if (!replica) return fromPrimary('wait', reader, work)

      const answer = await fromReplica(replica, reader, work)
      if (!answer) return fromPrimary('error', reader, work)
      count(replica.name, at_once ? 'turn' : 'wait')
      return is_enough(answer.value) ? answer.value : fromPrimary('missing', reader, work)
    }

    /** undefined: it is away, or was for a moment. */
    async function fromReplica<T>(replica: Replica, { saw }: Reader, work: Read<T>) {
      const { name, connection_generation, watermark } = replica
      try {
        const value = await work(replica.db, { target: name, watermark })
        const seen = saw && (await replica.seen())
        // One that has crashed since may have forgotten what it had; what it has shown must be known to be kept.
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

    /** @throws Overloaded when it had to wait for too long */
    function fromPrimary<T>(reason: ReadReason, { saw }: Reader, work: Read<T>) {
      const asked_at = performance.now()
      return limit(async () => {
        if (performance.now() - asked_at > patienceMs)
          throw detailed(new Overloaded(), { headers: { 'retry-after': 1 } })
        count('primary', reason)
        const value = await work(db as unknown as ReadonlyKysely<Database>, { target: 'primary' })
        if (saw && replicas.all.length > 0) await saw(await currentLsn(db))
        return value
      })
    }

    async function readerOf(request: FastifyRequest): Promise<Reader> {
      if (replicas.all.length === 0) return { floor: 'unknown' }
      const floor = await consistency.floorOf(request)
      // Only the routes of a session answer what others must not fall behind.
      if (!request.session) return { floor }
      return {
        floor,
        async saw(lsn) {
          // What every replica has no read can fall behind.
          const everywhere = replicas.all.every(({ watermark = '' }) => watermark >= lsn)
          if (!everywhere) await consistency.raise(request, lsn)
        }
      }
    }

    fastify.decorate('readFor', async (request, work) =>
      serve(await readerOf(request), noting(request, work), () => true)
    )
    fastify.decorate('findFor', async (request, work) =>
      serve(await readerOf(request), noting(request, work), (value) => value !== undefined)
    )
    fastify.decorate('readAt', (lsn, work) => serve({ floor: lsn }, work, () => true))
    fastify.decorate('readCounts', async () => {
      const { values } = await counter.get()
      return values.map(({ labels, value }) => ({
        target: String(labels.target),
        reason: labels.reason as ReadReason,
        reads: value
      }))
    })
  },
  { name: 'read-routing', dependencies: ['postgres', 'metrics', 'replicas', 'consistency'] }
)

/** Whoever answers a request's read is named in its line of the log. */
const noting =
  <T>(request: FastifyRequest, work: Read<T>): Read<T> =>
  (db, source) => {
    request.read_from = source.target
    return work(db, source)
  }
