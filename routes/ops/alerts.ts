import type { Figures } from './figures.ts'
import type { NodeFigures } from './gather.ts'

/** An alert of infra/prometheus/alerts.yml that fires. Its chapter in infra/operations.md has the same name. */
export type Alert = { alert: string; what: string }

/** What a system was like some minutes ago, for alerts about something that grows. */
type Before = Pick<Figures, 'redis_evictions' | 'redis_refused_writes'>

/**
 * The alerts that the nodes' figures can tell without Prometheus. They fire at once: Prometheus waits for the time in `for`.
 */
export function alertsOf(nodes: NodeFigures[], before: Before): Alert[] {
  const all = nodes.flatMap(({ figures }) => figures ?? [])
  const down = nodes.filter(({ up }) => !up).map(({ node }) => node)
  const found = Object.entries(rules).flatMap(([alert, read]) => {
    const what = read(all, before)
    return what === undefined ? [] : [{ alert, what }]
  })
  return down.length > 0
    ? [{ alert: 'NodeDown', what: `${down.join(', ')} does not answer` }, ...found]
    : found
}

const rules: Record<string, (all: Figures[], before: Before) => string | undefined> = {
  PrimaryDown: (all) => ifEvery(all, ({ primary_up }) => primary_up === 0, 'no node reaches it'),
  RedisDown: (all) => ifEvery(all, ({ redis_up }) => redis_up === 0, 'no node reaches it'),
  InvariantViolated: (all) => {
    const broken = new Set(all.flatMap(({ invariants_broken }) => invariants_broken ?? []))
    return broken.size > 0 ? [...broken].join(', ') : undefined
  },
  OrphanMoney: (all) =>
    beyond(all, 300, ({ orphan_seconds }) => orphan_seconds, 'money without an order for', 's'),
  OutboxStuck: (all) =>
    beyond(all, 60, ({ outbox_oldest_seconds }) => outbox_oldest_seconds, 'events wait for', 's'),
  OutboxParked: (all) => beyond(all, 0, ({ outbox_parked }) => outbox_parked, 'parked events:', ''),
  ReplicaEjected: (all) => {
    const ejected = all.flatMap(({ replicas }) => replicas.filter((one) => one.ejected))
    const names = new Set(ejected.map(({ replica }) => replica))
    return names.size > 0 ? [...names].join(', ') : undefined
  },
  ReplicaLags: (all) =>
    beyond(all, 1, ({ replicas }) => most(replicas.map((one) => one.lag_seconds)), 'by', 's'),
  ReplicationSlotInDanger: (all) => {
    const slots = all.flatMap((one) => one.slots)
    const lost = new Set(
      slots
        .filter(({ state }) => state === 'lost' || state === 'unreserved')
        .map(({ slot }) => slot)
    )
    return lost.size > 0 ? [...lost].join(', ') : undefined
  },
  EventLoopBlocked: (all) =>
    beyond(all, 0.25, ({ event_loop_seconds }) => event_loop_seconds, 'a node is late by', 's'),
  RedisIsFull: (all) =>
    beyond(
      all,
      90,
      (one) => percentOf(one.redis_memory_bytes, one.redis_memory_limit_bytes),
      '',
      '%'
    ),
  RedisRefusesWrites: (all, before) => {
    const refused = risen(all, before, 'redis_refused_writes')
    return refused > 0 ? `${refused} writes were refused` : undefined
  },
  RedisEvicts: (all, before) => {
    const dropped = risen(all, before, 'redis_evictions')
    return dropped > 0 ? `${dropped} keys were dropped` : undefined
  },
  BackupTooOld: (all) =>
    beyond(all, 26, ({ backup_age_seconds: age }) => age && age / 3600, 'the newest is of', 'h ago')
}

const ifEvery = (all: Figures[], is: (one: Figures) => boolean, what: string) =>
  all.length > 0 && all.every(is) ? what : undefined

/** By how much a counter of Redis has grown; 0: it is not known. */
function risen(all: Figures[], before: Before, counter: keyof Before): number {
  const now = most(all.map((one) => one[counter]))
  const then = before[counter]
  return now === null || then === null ? 0 : now - then
}

/** The largest value of any node, when it is beyond the bound. */
function beyond(
  all: Figures[],
  bound: number,
  read: (one: Figures) => number | null,
  word: string,
  unit: string
): string | undefined {
  const value = most(all.map(read))
  if (value === null || value <= bound) return undefined
  return `${word} ${value.toFixed(value < 10 ? 1 : 0)} ${unit}`.trim()
}

function most(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length > 0 ? Math.max(...known) : null
}

const percentOf = (part: number | null, whole: number | null) =>
  part === null || !whole ? null : (part / whole) * 100
