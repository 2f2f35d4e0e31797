import type { FastifyInstance } from 'fastify'
import { DatabaseError } from 'pg'
import { v4 } from 'uuid'
import { isOutage } from '../../kernel/errors/outage.ts'
import {
  claimPartition,
  countRefusal,
  findWaiting,
  releasePartition,
  removeDelivered,
  type Row
} from './queries.ts'
import { repeatEffects } from './effects.ts'
import { EventRefused, type CloudEvent } from './sinks/sink.ts'

const batch = 200
const leaseMs = 10_000
/** Nothing is begun any more when this much of a lease is over: another relay may be next. */
const workMs = 7000

export type RelayEvents = {
  published: (type: string) => void
  parked: (event: Row, err: unknown) => void
}

/**
 * Publishes what waits in the outbox, partition by partition, and gives each back. Whoever holds a partition publishes its
 * events one by one in the order of their numbers, with no transaction open, and deletes them once the sink has them.
 * So first deliveries are in order within an aggregate; a relay that dies or stalls leaves some to be delivered again.
 */
export function openRelay(fastify: FastifyInstance, told: RelayEvents) {
  const { db, events } = fastify
  const owner = v4()

  /** One look at every partition, or what of it is done by the time the node closes. @throws when the sink or the database is away: what waits, waits */
  async function round(closing: () => boolean) {
    const tried: number[] = []
    while (!closing()) {
      const end = performance.now() + workMs
      const partition = await claimPartition(db, owner, leaseMs, tried)
      if (partition === undefined) return
      tried.push(partition)
      try {
        await drain(partition, () => closing() || performance.now() > end)
      } finally {
        await releasePartition(db, partition, owner)
      }
    }
  }

  async function drain(partition: number, over: () => boolean) {
    const stopped = new Set<string>()
    for (let found = batch; found === batch && !over();) {
      const rows = await findWaiting(db, partition, [...stopped], batch)
      found = rows.length
      await deliver(rows, stopped, over)
    }
  }

  async function deliver(rows: Row[], stopped: Set<string>, over: () => boolean) {
    const delivered: number[] = []
    const done = new Set<string>()
    try {
      for (const row of rows) {
        if (over()) return
        const aggregate = `${row.aggregatetype} ${row.aggregateid}`
        if (stopped.has(aggregate)) continue
        const refusal = await publish(row, done)
        if (refusal === undefined) {
          delivered.push(row.seq)
          told.published(row.type)
        } else {
          // What comes after it in its aggregate must not overtake it; everybody else goes on.
          stopped.add(aggregate)
          if (await countRefusal(db, row.seq)) told.parked(row, refusal)
        }
      }
    } finally {
      if (delivered.length > 0) await removeDelivered(db, delivered)
    }
  }

  /** @returns why this event can't be published; @throws when no event can */
  async function publish(row: Row, done: Set<string>): Promise<unknown> {
    try {
      await repeatEffects(fastify, row, done)
      await events.publish(cloudEvent(row))
    } catch (err) {
      if (!isOwnFault(err)) throw err
      return err
    }
  }

  return { round }
}

/** Whether it is the event, not a server that is away. */
const isOwnFault = (err: unknown) =>
  err instanceof EventRefused ||
  err instanceof TypeError ||
  (err instanceof DatabaseError && !isOutage(err))

const cloudEvent = (row: Row): CloudEvent => ({
  specversion: '1.0',
  id: row.id,
  source: '/holdfast',
  type: row.type,
  subject: row.aggregateid,
  time: row.created_at.toISOString(),
  datacontenttype: 'application/json',
  data: row.payload as CloudEvent['data'],
  partitionkey: row.aggregateid,
  aggregatetype: row.aggregatetype,
  aggregateversion: row.version
})
