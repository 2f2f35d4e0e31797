import { randomUUID } from 'node:crypto'
import { copyFileSync, cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { simulatedProvider } from '../../plugins/shop/payments/simulated/provider.ts'
import { openSystem } from '../../scripts/drill/system.ts'
import { client } from '../../scripts/prove/client.ts'
import { connected } from '../../scripts/stack/postgres/cluster.ts'
import { until } from '../../scripts/stack/supervisor/until.ts'
import { place } from './running.ts'

// A staging system made of a backup, as an operator makes it on another machine. The steps build on each other.
t.setTimeout(300_000)
const quiet = { RESOLVER_INTERVAL_MS: '60000', RECONCILE_INTERVAL_SECONDS: '0' }
const original = await place(t, 1)
const copy = await place(t, 1)
Object.assign(original.env, quiet)
Object.assign(copy.env, { RECONCILE_INTERVAL_SECONDS: '1' })
const there = openSystem(copy.env)
const session = randomUUID()
type Place = typeof original

const ask = (at: Place, method: 'GET' | 'POST', to: string, body?: object) =>
  client(at.stack().url)({
    method,
    path: to,
    headers: { 'x-session-id': session, 'idempotency-key': randomUUID() },
    ...(body && { body })
  })

/** @returns the order's id */
async function buy(at: Place, token: string, status: number): Promise<string> {
  const [{ product_id }] = await sql(at, 'select product_id from inventory where quantity > 10')
  const items = [{ product_id, quantity: 1 }]
  const body = { email: 'ada@example.com', payment: { token }, items }
  const answer = await ask(at, 'POST', '/checkout', body)
  if (answer?.status !== status) throw new Error(`not sold: ${JSON.stringify(answer?.body)}`)
  return answer.body.id!
}

const sql = (at: Place, text: string) =>
  connected(
    at.stack().postgres.primary.admin_url,
    async (primary) => (await primary.query(text)).rows
  )
const shopOf = async (at: Place) => (await sql(at, 'select shop from cluster'))[0].shop as string

/** The charges at the original's account. */
async function charges() {
  const provider = simulatedProvider({ folder: path.join(original.data, 'provider') })
  const all = []
  for await (const charge of provider.list(new Date(0))) all.push(charge)
  await provider.end()
  return all
}

let before: Awaited<ReturnType<typeof charges>>
let shop: string
let kept: string
let admin_key: string

t.test('npm run restore -- --copy makes another shop of a backup', async (t) => {
  const supervisor = await original.start()
  kept = await buy(original, 'tok_success', 201)
  await buy(original, 'tok_timeout', 202)
  await ask(original, 'POST', `/orders/${await buy(original, 'tok_success', 201)}/cancel`)
  t.match(await openSystem(original.env).run('backup.ts'), /verified/)
  // What the operator brings to the other machine; the account at the provider is the original's.
  copyFileSync(path.join(original.data, 'secrets.json'), path.join(copy.data, 'secrets.json'))
  cpSync(path.join(original.data, 'backups'), path.join(copy.data, 'backups'), { recursive: true })
  symlinkSync(path.join(original.data, 'provider'), path.join(copy.data, 'provider'))
  await buy(original, 'tok_success', 201)
  shop = await shopOf(original)
  admin_key = original.stack().admin_key
  await supervisor.stop('SIGTERM')
  before = await charges()
  t.equal(before.length, 4)
  const said = await there.run('restore.ts', '--at', 'latest', '--copy')
  const file = path.join(copy.data, 'secrets.json')
  const secrets = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>
  for (const name of ['admin_key', 'cookie_secret', 'backup_key']) delete secrets[name]
  writeFileSync(file, JSON.stringify(secrets))
  t.match(said, /^restored to \S+ in [\d.]+ s\nthis is a copy, and another shop. next: npm start$/m)
})

t.test('the copy is open, and has ended what was open at the original', async (t) => {
  await copy.start()
  t.not(await shopOf(copy), shop)
  t.not(copy.stack().admin_key, admin_key, 'the keys of the original do not open it')
  t.same(
    await sql(copy, `select status, count(*)::int from orders group by 1 order by 1`),
    [
      { status: 'confirmed', count: 1 },
      { status: 'cancelled', count: 2 }
    ],
    'the order that came after the backup is not among them'
  )
  t.same(await sql(copy, 'select id from payments where check_at is not null'), [])
  await buy(copy, 'tok_success', 201)
})

t.test('the copy gives no charge of the original back', async (t) => {
  const { nodes } = copy.stack()
  const found = async () => {
    const metrics = await (await fetch(`${nodes[0]!.url}/metrics`)).text()
    return Number(
      /^holdfast_reconciled_charges_total{finding="foreign"} (\d+)$/m.exec(metrics)?.[1]
    )
  }
  await until('three rounds of the reconciler', async () => (await found()) >= 3, 60_000)
  await sql(copy, `update lost_charges set seen_at = seen_at - interval '1 day'`)
  t.match(await there.tryRun('reconcile.ts', '--give-back', '1'), {
    ok: false,
    said: /^foreign +left .+\n5 charges since .+: 1 differ, 1 of them are left\n0 of a lost order/
  })
  t.equal((await ask(copy, 'POST', `/orders/${kept}/cancel`))?.status, 200)
  await until('the refund to end', async () => {
    const [open] = await sql(copy, `select id from refunds where status = 'pending'`)
    return !open
  })
  t.match(await sql(copy, `select failure_code from refunds where status = 'failed'`), [
    { failure_code: 'refused' }
  ])
  t.same((await charges()).slice(0, before.length), before)
})
