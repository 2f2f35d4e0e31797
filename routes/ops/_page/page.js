import { showAlerts } from './alerts.js'
import { drawChart } from './chart.js'
import { openHistory } from './history.js'
import { recall } from './recall.js'

const everyMs = 2000
const spanMs = 60 * 60_000
const history = openHistory()

const number = (value, digits = 0) =>
  value === null ? '–' : value.toLocaleString('en', { maximumFractionDigits: digits })
const decimal = (value) => number(value, value !== null && value < 10 ? 1 : 0)
const percent = (value) =>
  value === null ? '–' : `${number(value * 100, value > 0 && value < 0.1 ? 2 : 0)} %`
const time = (seconds) => {
  if (seconds === null) return '–'
  if (seconds < 1) return `${number(seconds * 1000, seconds < 0.01 ? 1 : 0)} ms`
  if (seconds < 120) return `${number(seconds, 1)} s`
  return seconds < 7200 ? `${number(seconds / 60)} min` : `${number(seconds / 3600)} h`
}

/** The largest value of any node; null: no node has one. */
const worst = (nodes, read) => {
  const known = nodes
    .map(({ figures }) => figures && read(figures))
    .filter((value) => value !== null)
  return known.length > 0 ? Math.max(...known) : null
}
const lagOf = (name) => (figures) =>
  figures.replicas.find(({ replica }) => replica === name)?.lag_seconds ?? null
const minute = (name) => (index) => {
  const rate = history.rate(name, index, 60_000)
  return rate === null ? null : rate * 60
}

const charts = {
  rate: {
    format: decimal,
    most: 5,
    lines: { 'a second': (index) => history.rate('requests', index) }
  },
  latency: {
    format: time,
    most: 0.01,
    lines: {
      p50: (index) => history.quantile(0.5, index),
      p95: (index) => history.quantile(0.95, index),
      p99: (index) => history.quantile(0.99, index)
    }
  },
  errors: {
    format: percent,
    most: 0.01,
    lines: { 'of the answers': (index) => history.share('failures', 'requests', index) }
  },
  orders: { format: decimal, most: 5, lines: { confirmed: minute('confirmed') } },
  stock: {
    format: decimal,
    most: 5,
    lines: { promised: minute('promised'), sold: minute('sold') }
  },
  cache: {
    format: percent,
    most: 1,
    lines: { hits: (index) => history.share('hits', 'reads', index, 60_000) }
  },
  lag: { format: time, most: 0.1, lines: {} },
  pool: {
    format: decimal,
    most: 5,
    lines: {
      busy: (index) => sumOf(index, (pool) => pool.busy),
      waiting: (index) => sumOf(index, (pool) => pool.waiting)
    }
  }
}

const sumOf = (index, read) =>
  history.points[index].nodes
    .flatMap(({ figures }) => figures?.pools ?? [])
    .reduce((sum, pool) => sum + read(pool), 0)

/** The facts above the charts: text and state, and `word` for the status line when something is wrong. */
const facts = {
  invariants: (nodes) => {
    const known = nodes.map(({ figures }) => figures?.invariants_broken).filter(Array.isArray)
    if (known.length === 0) return { text: 'unchecked', state: 'unknown' }
    const broken = [...new Set(known.flat())]
    return broken.length > 0
      ? { text: `${broken.length} broken`, state: 'bad', word: `broken: ${broken.join(', ')}` }
      : { text: 'all hold', state: 'good' }
  },
  orphans: (nodes) => {
    const seconds = worst(nodes, (figures) => figures.orphan_seconds)
    return limit(
      seconds,
      seconds ? `for ${time(seconds)}` : 'none',
      1,
      300,
      'money without an order waits to be given back'
    )
  },
  payments: (nodes) => {
    const open = worst(nodes, (figures) => figures.payments_open)
    return { text: number(open), state: open === null ? 'unknown' : 'good' }
  },
  held: (nodes) => {
    const units = worst(nodes, (figures) => figures.units_held)
    return { text: number(units), state: units === null ? 'unknown' : 'good' }
  },
  outbox: (nodes) => {
    const parked = worst(nodes, (figures) => figures.outbox_parked)
    if (parked > 0) return { text: `${parked} parked`, state: 'bad', word: 'events are parked' }
    const seconds = worst(nodes, (figures) => figures.outbox_oldest_seconds)
    return limit(
      seconds,
      `${number(worst(nodes, (figures) => figures.outbox_waiting))} wait`,
      10,
      60,
      'events are stuck'
    )
  },
  servers: (nodes) => {
    const away = ['primary', 'redis'].filter(
      (name) => worst(nodes, (figures) => figures[`${name}_up`]) === 0
    )
    return away.length > 0
      ? { text: `${away.join(', ')} down`, state: 'bad', word: `${away.join(' and ')} down` }
      : { text: 'up', state: 'good' }
  },
  replicas: (nodes) => {
    const seen = nodes.flatMap(({ figures }) => figures?.replicas ?? [])
    const names = [...new Set(seen.map(({ replica }) => replica))]
    const out = names.filter((name) =>
      seen.some(({ replica, ejected }) => replica === name && ejected)
    )
    if (names.length === 0) return { text: 'none', state: 'unknown' }
    return out.length > 0
      ? { text: `${out.join(', ')} out`, state: 'bad', word: `${out.join(' and ')} ejected` }
      : { text: `${names.length} serve`, state: 'good' }
  },
  memory: (nodes) => {
    const used = worst(nodes, (figures) => figures.redis_memory_bytes)
    const most = worst(nodes, (figures) => figures.redis_memory_limit_bytes)
    if (used === null || !most) return { text: '–', state: 'unknown' }
    return limit(used / most, percent(used / most), 0.7, 0.9, 'Redis is full')
  },
  backup: (nodes) => {
    const seconds = worst(nodes, (figures) => figures.backup_age_seconds)
    return seconds === null
      ? { text: 'none known', state: 'unknown' }
      : limit(seconds, `${time(seconds)} old`, 25 * 3600, 26 * 3600, 'the backup is old')
  }
}

function limit(value, text, fair, bad, word) {
  if (value === null) return { text: '–', state: 'unknown' }
  if (value >= bad) return { text, state: 'bad', word }
  return { text, state: value >= fair ? 'fair' : 'good' }
}

async function round() {
  try {
    const answer = await fetch('/ops/metrics', { signal: AbortSignal.timeout(5000) })
    if (!answer.ok) throw new Error(`${answer.status}`)
    const { at, alerts, nodes } = await answer.json()
    history.take(Date.parse(at), nodes)
    showAlerts(document.querySelector('#alerts'), alerts)
    show(nodes)
  } catch {
    sayStatus('bad', 'this node does not answer')
  }
  setTimeout(round, everyMs)
}

function show(nodes) {
  const to = history.points.at(-1).at
  // The charts show at least one minute, and an hour at most.
  const from = Math.max(to - spanMs, Math.min(history.points[0].at, to - 60_000))
  charts.lag.lines = Object.fromEntries(
    [
      ...new Set(
        nodes.flatMap(({ figures }) => figures?.replicas.map(({ replica }) => replica) ?? [])
      )
    ].map((name) => [name, (index) => worst(history.points[index].nodes, lagOf(name))])
  )
  for (const [id, { lines, ...options }] of Object.entries(charts)) {
    const place = document.querySelector(`#${id}`)
    const series = Object.entries(lines).map(([name, read]) => ({
      name,
      values: history.points.map(({ at }, index) => [at, read(index)])
    }))
    drawChart(place, series, { from, to, ...options })
    place
      .querySelector('.now')
      .replaceChildren(
        ...series.map(({ name, values }, index) =>
          legend(index, name, options.format(values.at(-1)[1]))
        )
      )
  }

  const words = nodes.filter(({ up }) => !up).map(({ node }) => `${short(node)} is down`)
  for (const [id, read] of Object.entries(facts)) {
    const { text, state, word } = read(nodes)
    const place = document.querySelector(`#${id}`)
    place.dataset.state = state
    place.querySelector('dd').textContent = text
    if (word) words.push(word)
  }
  document.querySelector('#nodes').replaceChildren(...nodes.map(chip))
  sayStatus(words.length > 0 ? 'bad' : 'good', words.join(' · ') || 'all is well')
  document.querySelector('#at').textContent = new Date(to).toLocaleTimeString('en-GB')
}

function legend(index, name, text) {
  const item = document.createElement('span')
  item.className = `c${index}`
  const value = document.createElement('b')
  value.textContent = text
  item.append(value, ` ${name}`)
  return item
}

function chip({ node, up, figures }) {
  const item = document.createElement('li')
  item.dataset.state = up ? 'good' : 'bad'
  item.textContent = short(node)
  item.title = figures
    ? `${node}: ${figures.in_flight} under way, event loop ${time(figures.event_loop_seconds)} late`
    : node
  return item
}

const short = (node) => node.replace(/^https?:\/\//, '').replace('127.0.0.1:', ':')

function sayStatus(state, text) {
  const status = document.querySelector('#status')
  status.dataset.state = state
  status.textContent = text
  document.title = state === 'good' ? 'Holdfast' : `! ${text}`
}

await recall(history)
round()
