import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { alertsOf } from '../../routes/ops/alerts.ts'
import type { Figures } from '../../routes/ops/figures.ts'
import { buyer, stock } from '../support/buyer.ts'
import { build, environmentOf, spawnNode, until } from '../support/build.ts'
import { choosePort } from '../../scripts/stack/supervisor/ports.ts'
import { call } from './shop.ts'

const app = await build(t, { RATE_LIMIT_API: '3' }, { replica: true })
const other = await spawnNode(t, environmentOf(app))
const away = `http://127.0.0.1:${await choosePort()}`
const viewer = await build(t, { OPS_NODES: `${other.url},${away}` }, { like: app })

type Answer = {
  at: string
  alerts: { alert: string; what: string }[]
  nodes: { node: string; up: boolean; figures: Figures | null }[]
}
const look = async (node = viewer) => (await call(node, 'GET /ops/metrics')).body as Answer

t.test(
  'the operations page shows the figures of all nodes, and that one does not answer',
  async (t) => {
    const [tea] = await stock(app, 100)
    const ada = buyer(other)
    await ada.buy([{ product_id: tea!, quantity: 3 }])
    await ada.buy([{ product_id: tea!, quantity: 2 }], 'tok_declined')
    for (let n = 0; n < 2; n++) await fetch(`${other.url}/api/v1/categories`)

    const began = performance.now()
    const { at, nodes, alerts } = await look()
    t.ok(performance.now() - began < 4000)
    t.ok(Math.abs(Date.now() - Date.parse(at)) < 60_000)
    t.same(
      nodes.map(({ node, up }) => [node, up]),
      [
        [other.url, true],
        [away, false]
      ]
    )
    t.equal(nodes[1]!.figures, null)
    t.same(alerts, [{ alert: 'NodeDown', what: `${away} does not answer` }])
    t.match(nodes[0]!.figures, {
      requests: 4,
      failures: 0,
      orders: { placed: 2, confirmed: 1, cancelled: 1 },
      units: { promised: 5, sold: 3, returned: 2 },
      cache: { hits: 1, reads: 2 },
      replicas: [{ replica: 'replica1', ejected: false, lag_seconds: Number }],
      primary_up: 1,
      redis_up: 1,
      invariants_broken: null,
      orphan_seconds: 0,
      units_held: 0,
      outbox_parked: 0
    })
    const { latency, requests } = nodes[0]!.figures!
    t.equal(latency.at(-1)!.count, requests)
    t.ok(latency.every(({ count }, n) => n === 0 || count >= latency[n - 1]!.count))
    t.match(
      nodes[0]!.figures!.pools.map(({ pool, most }) => [pool, most]),
      [
        ['primary', 16],
        ['batch', 4],
        ['replica1', 10]
      ]
    )
  }
)

t.test('a node that knows no other nodes shows itself, and its broken invariants', async (t) => {
  await environmentOf(app).sql.query('update inventory set quantity = quantity + 1')
  await app.checkInvariants()
  const { nodes, alerts } = await look(app)
  t.match(nodes, [{ node: 'this node', up: true }])
  t.ok(nodes[0]!.figures!.invariants_broken!.includes('stock-equals-ledger'))
  t.match(alerts, [{ alert: 'InvariantViolated', what: /stock-equals-ledger/ }])
})

t.test(
  'the operations page does not count against the rate limit, and is not in the OpenAPI document',
  async (t) => {
    for (let n = 0; n < 5; n++) t.equal((await call(app, 'GET /ops/metrics')).status, 200)
    t.notMatch((await call(app, 'GET /openapi.json')).text, '/ops')
  }
)

t.test(
  'the operations page contains all it needs, and its policy allows nothing else',
  async (t) => {
    const { status, headers, text } = await call(app, 'GET /ops')
    t.equal(status, 200)
    t.match(headers['content-type'], /^text\/html/)
    const policy = String(headers['content-security-policy'])
    t.match(policy, /^default-src 'none';/)
    t.notMatch(policy, /unsafe|\*|https?:/)
    for (const [directive, tag] of [
      ['style-src', 'style'],
      ['script-src', 'script']
    ]) {
      const [, content = ''] = new RegExp(`<${tag}[^>]*>([^]*?)</${tag}>`).exec(text)!
      const hash = createHash('sha256').update(content).digest('base64')
      t.match(policy, `${directive} 'sha256-${hash}'`)
    }
    t.same(
      [...text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url),
      ['data:,']
    )
    t.notMatch(text.replaceAll('http://www.w3.org/2000/svg', ''), /https?:\/\/\w/)
    t.notMatch(text, /style="|\bimport\b|\bexport\b/, 'nothing that the policy forbids')
    const script = /<script[^>]*>([^]*)<\/script>/.exec(text)![1]!
    const ids = new Set([...text.matchAll(/id="(\w+)"/g)].map(([, id]) => id))
    for (const [, id = ''] of script.matchAll(/querySelector\('#(\w+)'\)/g)) t.ok(ids.has(id))
  }
)

t.test('the operations page has the last hour of every node that answers', async (t) => {
  const { body } = await until('a sample of the other node', async () => {
    const answer = await call(viewer, 'GET /ops/history')
    return (answer.body as History).nodes[0]!.samples.length > 0 && answer
  })
  const [there, missing] = (body as History).nodes
  t.equal(there!.node, other.url)
  t.match(there!.samples[0], { at: /^\d{4}-/, figures: { primary_up: 1, redis_up: 1 } })
  t.same(missing, { node: away, samples: [] })
})

const of = (figures: Figures) =>
  alertsOf([{ node: 'a', up: true, ms: 1, figures }], {
    redis_evictions: 5,
    redis_refused_writes: 1
  })

type History = { nodes: { node: string; samples: { at: string; figures: Figures }[] }[] }

t.test('every alert of the operations page is one of Prometheus, with a chapter', async (t) => {
  const { nodes } = await look(app)
  const { figures } = nodes[0]!
  const worst: Figures = {
    ...figures!,
    primary_up: 0,
    redis_up: 0,
    redis_memory_bytes: 95,
    redis_memory_limit_bytes: 100,
    redis_evictions: 7,
    redis_refused_writes: 4,
    invariants_broken: ['stock-equals-ledger'],
    orphan_seconds: 301,
    outbox_oldest_seconds: 61,
    outbox_parked: 1,
    event_loop_seconds: 0.3,
    replicas: [{ replica: 'replica1', lag_seconds: 6, ejected: true }],
    slots: [{ slot: 'replica1', state: 'lost' }],
    backup_age_seconds: 27 * 3600
  }
  const fired = of(worst)
  t.equal(fired.length, 14)
  for (const [alert, what] of [
    ['RedisEvicts', '2 keys were dropped'],
    ['RedisRefusesWrites', '3 writes were refused']
  ])
    t.match(
      fired.find((one) => one.alert === alert),
      { what }
    )
  const [rules, runbook] = ['infra/prometheus/alerts.yml', 'infra/operations.md'].map((file) =>
    readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
  )
  for (const { alert } of [...fired, { alert: 'NodeDown' }]) {
    t.match(rules, `alert: ${alert}\n`)
    t.match(runbook, `### ${alert}\n`)
  }
  // The machine of the tests may be busy.
  const calm = { event_loop_seconds: 0, invariants_broken: [] }
  const quiet = { ...calm, redis_evictions: 5, redis_refused_writes: 1 }
  t.same(of({ ...figures!, ...quiet }), [])
  t.same(of({ ...figures!, ...quiet, redis_refused_writes: 0 }), [], 'Redis was restarted')
})
