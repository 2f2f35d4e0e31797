import { Type } from 'typebox'

/** What `GET /ops` shows of one node: counters since the node started, and gauges. null: the node does not know. */
export type Figures = Type.Static<typeof Figures>
const Count = Type.Number()
const Known = Type.Unsafe<number | null>({ type: ['number', 'null'] })
export const Figures = Type.Object({
  requests: Count,
  failures: Count,
  /** How many requests were answered within each bound, in seconds. */
  latency: Type.Array(Type.Object({ le: Type.Number(), count: Count })),
  orders: Type.Object({ placed: Count, confirmed: Count, cancelled: Count }),
  units: Type.Object({ promised: Count, sold: Count, returned: Count }),
  cache: Type.Object({ hits: Count, reads: Count }),
  limited: Count,
  in_flight: Known,
  event_loop_seconds: Known,
  replicas: Type.Array(
    Type.Object({ replica: Type.String(), lag_seconds: Known, ejected: Type.Boolean() })
  ),
  pools: Type.Array(Type.Object({ pool: Type.String(), busy: Count, waiting: Count, most: Count })),
  slots: Type.Array(Type.Object({ slot: Type.String(), state: Type.String() })),
  primary_up: Known,
  redis_up: Known,
  redis_memory_bytes: Known,
  redis_memory_limit_bytes: Known,
  /** Keys that Redis dropped, and writes that it refused, for want of memory, since it was started. */
  redis_evictions: Known,
  redis_refused_writes: Known,
  /** Queries of this node that took too long. */
  slow_queries: Count,
  /** null: not checked since the node started. */
  invariants_broken: Type.Unsafe<string[] | null>({
    type: ['array', 'null'],
    items: { type: 'string' }
  }),
  orphan_seconds: Known,
  payments_open: Known,
  units_held: Known,
  outbox_waiting: Known,
  outbox_oldest_seconds: Known,
  outbox_parked: Known,
  backup_age_seconds: Known
})

type Sample = { name: string; labels: Record<string, string>; value: number }

/** The figures in a node's metrics, which are in Prometheus' text format. */
export function figuresOf(text: string): Figures {
  const metrics = Map.groupBy(parse(text), ({ name }) => name)
  const all = (name: string) => metrics.get(`holdfast_${name}`) ?? []
  const sum = (name: string, has: (labels: Sample['labels']) => boolean = () => true) =>
    all(name).reduce((total, { labels, value }) => (has(labels) ? total + value : total), 0)
  const one = (name: string) => finite(all(name)[0]?.value)
  const states = <K extends string>(name: string, keys: readonly K[]) =>
    Object.fromEntries(keys.map((key) => [key, sum(name, ({ state }) => state === key)])) as Record<
      K,
      number
    >

  const http = 'http_request_duration_seconds'
  const checks = all('invariant_violations')
  return {
    requests: sum(`${http}_count`, isApi),
    failures: sum(`${http}_count`, (labels) => isApi(labels) && labels.status?.[0] === '5'),
    latency: latencyOf(all(`${http}_bucket`)),
    orders: states('orders_total', ['placed', 'confirmed', 'cancelled']),
    units: states('units_total', ['promised', 'sold', 'returned']),
    cache: {
      hits: sum('cache_reads_total', ({ result }) => result === 'hit'),
      reads: sum('cache_reads_total')
    },
    limited: sum('rate_limited_total') + sum('nginx_limited_total'),
    in_flight: one('http_requests_in_flight'),
    event_loop_seconds: finite(metrics.get('nodejs_eventloop_lag_p99_seconds')?.[0]?.value),
    replicas: all('replica_state')
      .filter(({ labels }) => labels.state === 'ejected')
      .map(({ labels: { replica = '' }, value }) => ({
        replica,
        ejected: value === 1,
        lag_seconds: finite(
          all('replica_lag_seconds').find(({ labels }) => labels.replica === replica)?.value
        )
      })),
    pools: all('pool_max_connections').map(({ labels: { pool = '' }, value }) => {
      const of = (name: string) => sum(name, (labels) => labels.pool === pool)
      const busy = of('pool_connections') - of('pool_idle_connections')
      return { pool, most: value, busy, waiting: of('pool_waiting') }
    }),
    slots: all('replication_slot_state')
      .filter(({ value }) => value === 1)
      .map(({ labels: { slot = '', state = '' } }) => ({ slot, state })),
    primary_up: one('primary_up'),
    ...redisOf(one),
    slow_queries: sum('slow_queries_total'),
    invariants_broken:
      checks.length === 0
        ? null
        : checks.filter(({ value }) => value > 0).map(({ labels }) => labels.name ?? ''),
    orphan_seconds: one('orphan_payment_seconds'),
    payments_open: metrics.has('holdfast_reservations_active') ? sum('payments_open') : null,
    units_held: one('units_held'),
    outbox_waiting: one('outbox_waiting'),
    outbox_oldest_seconds: one('outbox_oldest_seconds'),
    outbox_parked: one('outbox_parked'),
    backup_age_seconds: one('backup_age_seconds')
  }
}

const redisOf = (one: (name: string) => number | null) => ({
  redis_up: one('redis_up'),
  redis_memory_bytes: one('redis_memory_bytes'),
  redis_memory_limit_bytes: one('redis_memory_limit_bytes'),
  redis_evictions: one('redis_evictions_total'),
  redis_refused_writes: one('redis_refused_writes_total')
})

const isApi = ({ route }: Sample['labels']) => route?.startsWith('/api/') === true

const finite = (value: number | undefined) =>
  value === undefined || !Number.isFinite(value) ? null : value

function latencyOf(buckets: Sample[]) {
  const counts = new Map<number, number>()
  for (const { labels, value } of buckets) {
    const le = Number(labels.le)
    if (isApi(labels) && Number.isFinite(le)) counts.set(le, (counts.get(le) ?? 0) + value)
  }
  return [...counts].map(([le, count]) => ({ le, count })).toSorted((a, b) => a.le - b.le)
}

function* parse(text: string): Generator<Sample> {
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    if (name === undefined) continue
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
    yield {
      name,
      labels: Object.fromEntries(pairs.map(([, label, content]) => [label, content])),
      value: Number(value)
    }
  }
}
