import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { find } from '../../scripts/stack/supervisor/binaries.ts'
import { startNginx } from '../support/nginx.ts'
import { buyer, stock } from '../support/buyer.ts'
import { build, until } from '../support/build.ts'
import { call } from '../routes/shop.ts'
import { read, rulesOf, samplesOf, selectorsOf, wrongWith } from './expressions.ts'

// The rules and dashboards, compared with the metrics of a node that has done some work of every kind.
const door = await startNginx(t)
const app = await build(
  t,
  {
    NGINX_STATUS_URL: `${door.url}/status`,
    NGINX_ACCESS_LOG: door.access_log,
    RATE_LIMIT_API: '50',
    OUTBOX_INTERVAL_MS: '100',
    // An unknown outcome stays unknown.
    RESOLVER_INTERVAL_MS: '60000'
  },
  { replica: 2 }
)
const live = await scrape()
const recording = rulesOf(read('prometheus/recording.yml'))
const alerts = rulesOf(read('prometheus/alerts.yml'))
const recorded = new Set(recording.map(({ name }) => name))

const check = (t: Pick<Test, 'same' | 'ok'>, name: string, expr: string) => {
  const selectors = selectorsOf(expr)
  t.ok(selectors.length > 0 || /\bup\{/.test(expr), `${name} asks for something: ${expr}`)
  const wrong = selectors.map((selector) =>
    selector.name.includes(':')
      ? !recorded.has(selector.name) && `${selector.name} is not recorded`
      : wrongWith(selector, live)
  )
  t.same(wrong.filter(Boolean), [], name)
}

t.test('the rules use only metrics that a node has', async (t) => {
  t.ok(recording.length > 10)
  t.ok(alerts.length > 20)
  for (const { name, expr } of [...recording, ...alerts]) check(t, name, expr)
})

type Panel = {
  id: number
  title: string
  gridPos: { x: number; y: number; w: number; h: number }
  datasource: { uid: string }
  targets: { expr: string }[]
}

for (const name of ['shop', 'servers'])
  t.test(`the dashboard ${name} uses only metrics that a node has`, async (t) => {
    const { uid, panels } = JSON.parse(read(`grafana/dashboards/${name}.json`)) as {
      uid: string
      panels: Panel[]
    }
    t.equal(uid, `holdfast-${name}`)
    const source = /uid: (\S+)/.exec(read('grafana/provisioning/datasources/holdfast.yml'))![1]
    t.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
    const taken = new Set<string>()
    for (const { title, gridPos, datasource, targets } of panels) {
      t.equal(datasource.uid, source, title)
      for (const { expr } of targets) check(t, title, expr)
      const { x, y, w, h } = gridPos
      const tiles = Array.from(
        { length: w * h },
        (_, n) => `${x + (n % w)} ${y + Math.floor(n / w)}`
      )
      t.ok(x + w <= 24 && !tiles.some((tile) => taken.has(tile)), `${title} has its place`)
      for (const tile of tiles) taken.add(tile)
    }
  })

t.test(
  'every alert says what it means, how urgent it is, and where the operator reads what to do',
  async (t) => {
    const chapters = [...read('operations.md').matchAll(/^### (\w+)$/gm)].map(
      ([, name = '']) => name
    )
    t.same(
      chapters.toSorted(),
      alerts.map(({ name }) => name).toSorted(),
      'a chapter an alert, and no others'
    )
    const tests = read('prometheus/alerts.test.yml')
    for (const { name, severity, summary, runbook } of alerts) {
      t.match(severity, /^(page|ticket)$/, name)
      t.match(summary, /\S/, name)
      t.equal(runbook, `infra/operations.md#${name.toLowerCase()}`)
      t.match(tests, `name: '${name} fires: `)
      if (name !== 'DoorDown') t.match(tests, `name: '${name} is silent: `)
    }
  }
)

t.test('the links between chapters of operations.md lead to a chapter', async (t) => {
  const text = read('operations.md')
  for (const [, anchor] of text.matchAll(/\]\(#([^)]+)\)/g))
    t.match(text.toLowerCase(), `\n### ${anchor}\n`)
})

t.test('every metric of ours has a help text', async (t) => {
  const { text } = await call(app, 'GET /metrics')
  for (const [, name = '', help = ''] of text.matchAll(/^# HELP (holdfast_\S+) (.*)$/gm)) {
    t.match(name, /^holdfast_[a-z][a-z0-9_]*$/)
    t.match(help, /\w{3}/, name)
  }
  t.notMatch(text, /^# TYPE \S+_(ms|millis|milliseconds|kb|mb) /m, 'base units')
})

const promtool = find('promtool')
if (promtool)
  t.test('Prometheus accepts the rules, and they fire when they should', async (t) => {
    const folder = new URL('../../infra/prometheus/', import.meta.url).pathname
    t.match(await run(promtool, 'check', 'config', `${folder}prometheus.yml`), /SUCCESS/)
    t.match(await run(promtool, 'test', 'rules', `${folder}alerts.test.yml`), /SUCCESS/)
  })

const run = async (program: string, ...words: string[]) =>
  (await promisify(execFile)(program, words)).stdout

/** Some work of every kind, and the metrics of the node afterwards. */
async function scrape() {
  const [tea] = await stock(app, 100)
  const buy = (token?: string, quantity = 1) =>
    buyer(app).buy([{ product_id: tea!, quantity }], token)
  await buy()
  await buy('tok_declined')
  await buy('tok_timeout')
  await buy('tok_success', 500)
  for (let n = 0; n < 2; n++) await call(app, 'GET /api/v1/products')
  await call(app, 'GET /api/v1/categories')
  await call(app, `GET /api/v1/products/${tea!}`)
  await app.checkInvariants()
  await app.inject({ url: '/api/v1/cart', headers: { 'x-session-id': crypto.randomUUID() } })
  return until('the proxy and the outbox', async () => {
    await door.get('/')
    const samples = samplesOf((await call(app, 'GET /metrics')).text)
    const last = ['holdfast_nginx_responses_total', 'holdfast_outbox_published_total']
    return last.every((name) => samples.has(name)) && samples
  })
}
