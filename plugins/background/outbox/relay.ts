import type { Kysely } from 'kysely'
import { v4 } from 'uuid'
import type { Database } from '../../../sql/types.ts'
import { sendBacklog } from './backlog.ts'
import { distribute } from './distribute.ts'
import { claimBacklog, claimPartition, releaseBacklog, releasePartition } from './queries.ts'
import { openReach, type RelayEvents } from './reach.ts'
import type { EventSink } from './sinks/sink.ts'

const leaseMs = 10_000
/** Nothing is begun any more when this much of a lease is over: another relay may be next. */
const workMs = 5000

/**
 * Sends what is in the outbox to sinks, partition by partition, with no transaction open. Two kinds of work:
 *
 * New events are sent to all sinks that are in step at once. As a rule every sink takes them, and they are deleted.
 * A sink that lacked some of them has a backlog, which is sent to that sink alone: an unreachable sink holds up no other.
 *
 * A relay holds the lease of what it sends. It sends from the oldest event on and notes what was taken afterwards. So first
 * deliveries to a sink are in order within an aggregate; a relay that dies or stalls leaves some to be delivered again.
 */
export function openRelay(db: Kysely<Database>, sinks: EventSink[], events: RelayEvents) {
  const owner = v4()
  const reach = openReach(sinks, events)
  const needs = { db, reach, events }
  const lease = () => ({ owner, lease_ms: leaseMs, effects_first: reach.effectsFirst() })
  const backlogs = new Map<string, Promise<void>>()

  /** One look at every partition, or what of it is done by the time the node closes. @throws when the primary is unreachable */
  async function round(closing: () => boolean) {
    const tried: number[] = []
    let behind: string[] = []
    while (!closing()) {
      const over = workTime(closing)
      const claim = await claimPartition(db, { ...lease(), tried }, reach.names)
      const { partition, in_step, backlog } = claim
      behind = backlog
      if (partition === null) break
      tried.push(partition)
      try {
        if (!(await distribute(needs, partition, in_step, over))) break
      } finally {
        await releasePartition(db, { partition, owner })
      }
    }
    // Not awaited: a sink that answers slowly does not hold up new events.
    for (const sink of behind) if (!backlogs.has(sink)) backlogs.set(sink, catchUp(sink, closing))
  }

  async function catchUp(sink: string, closing: () => boolean) {
    try {
      for (const tried: number[] = []; !closing();) {
        const over = workTime(closing)
        const partition = await claimBacklog(db, { ...lease(), tried }, sink)
        if (partition === null) return
        tried.push(partition)
        try {
          if (!(await sendBacklog(needs, sink, partition, over))) return
        } finally {
          await releaseBacklog(db, { sink, partition, owner })
        }
      }
    } catch (err) {
      events.failed(sink, err)
    } finally {
      backlogs.delete(sink)
    }
  }

  return {
    round,
    /** Ends when no backlog is being sent any more. */
    idle: async () => void (await Promise.all(backlogs.values()))
  }
}

/** Whether the relay has to stop: the node closes, or a lease that is claimed now ends soon. */
function workTime(closing: () => boolean) {
  const end = performance.now() + workMs
  return () => closing() || performance.now() > end
}
