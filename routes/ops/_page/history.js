// The nodes' figures over time. A node that restarts counts from 0 again, so only increases are added up.

const windowMs = 60 * 60_000
/** Older points than this are kept every 15 s only, so that an hour stays quick to draw. */
const denseMs = 5 * 60_000
const sparseMs = 15_000

/** Adds up the counters of all nodes, and keeps the sums of the last hour. */
export function openHistory() {
  const before = new Map()
  const totals = {}
  const points = []

  /** Takes the nodes' figures of one moment. */
  function take(at, nodes) {
    for (const { node, figures } of nodes) {
      if (!figures) continue
      const counted = countersOf(figures)
      const last = before.get(node)
      for (const [name, value] of Object.entries(counted)) {
        const known = last?.[name] ?? 0
        // When a node is seen for the first time, it is unknown when its counts were made.
        const added = last ? (value >= known ? value - known : value) : 0
        totals[name] = (totals[name] ?? 0) + added
      }
      before.set(node, counted)
    }
    points.push({ at, totals: { ...totals }, nodes })
    while (points[0].at < at - windowMs) points.shift()
    thin(at - denseMs)
  }

  /** Drops the point that has just become old when the point before it is near. */
  function thin(border) {
    const index = points.findIndex((point) => point.at >= border) - 1
    if (index > 0 && points[index].at - points[index - 1].at < sparseMs) points.splice(index, 1)
  }

  /** How much a counter has grown in the last `ms` before a point, and in how many seconds. */
  function growth(name, index, ms) {
    const end = points[index]
    let start = index
    while (start > 0 && end.at - points[start].at < ms) start--
    const added = (end.totals[name] ?? 0) - (points[start].totals[name] ?? 0)
    return { added, seconds: (end.at - points[start].at) / 1000 }
  }

  const rate = (name, index, ms = 10_000) => {
    const { added, seconds } = growth(name, index, ms)
    return seconds > 0 ? added / seconds : null
  }

  /** One counter's part of another's growth; null: it has not grown. */
  const share = (part, whole, index, ms = 30_000) => {
    const all = growth(whole, index, ms).added
    return all > 0 ? growth(part, index, ms).added / all : null
  }

  /** The time within which this share of the answers came, in seconds; interpolated between two bounds. */
  function quantile(wanted, index, ms = 30_000) {
    const all = growth('requests', index, ms).added
    if (all === 0) return null
    let below = { le: 0, count: 0 }
    for (const le of bounds(points[index])) {
      const { added: count } = growth(`le:${le}`, index, ms)
      if (count >= all * wanted) {
        const part =
          count === below.count ? 1 : (all * wanted - below.count) / (count - below.count)
        return below.le + (le - below.le) * part
      }
      below = { le, count }
    }
    return below.le
  }

  return { take, points, rate, share, quantile, growth }
}

const bounds = ({ totals }) =>
  Object.keys(totals)
    .filter((name) => name.startsWith('le:'))
    .map((name) => Number(name.slice(3)))
    .toSorted((a, b) => a - b)

const countersOf = ({ requests, failures, latency, orders, units, cache, limited }) => ({
  requests,
  failures,
  limited,
  placed: orders.placed,
  confirmed: orders.confirmed,
  promised: units.promised,
  sold: units.sold,
  hits: cache.hits,
  reads: cache.reads,
  ...Object.fromEntries(latency.map(({ le, count }) => [`le:${le}`, count]))
})
