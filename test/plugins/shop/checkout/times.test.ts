import t from 'tap'
import { consistently } from '../../../support/assert-consistent.ts'
import { build, environmentOf, until } from '../../../support/build.ts'
import { buyer, stock } from '../../../support/buyer.ts'

// When a reservation expires, and when the resolver looks at a payment: as the configuration says. The resolver does not run.
const app = await build(t, {
  RESERVATION_TTL_SECONDS: '500',
  PAYMENT_LEASE_MS: '40000',
  PAYMENT_GIVE_UP_SECONDS: '900',
  RESOLVER_INTERVAL_MS: '60000'
})
const silent = await build(
  t,
  { PROVIDER_LOST_RESPONSES: '1', PAYMENT_GIVE_UP_SECONDS: '900', RESOLVER_INTERVAL_MS: '60000' },
  { like: app }
)
const { sql } = environmentOf(app)
const test = consistently(t, app)

/** Seconds from the order's beginning until its reservation expires, and from now until its payment is looked at. */
async function secondsOf(session: string) {
  const { rows } = await sql.query<{ reserved: number; due: number; lease: number }>(
    `select extract(epoch from r.expires_at - o.created_at)::float8 as reserved,
            extract(epoch from p.check_at - o.created_at)::float8 as lease,
            extract(epoch from p.check_at - clock_timestamp())::float8 as due
     from orders o join payments p on p.order_id = o.id join reservations r on r.order_id = o.id
     where o.session_id = $1`,
    [session]
  )
  return rows[0]
}

async function endUnknownOutcomes() {
  await sql.query('update payments set check_at = now() where check_at > now()')
  while ((await app.checkout.resolveDue(10)) > 0);
}

const isAbout = (seconds: number, expected: number) =>
  seconds > expected - 1 && seconds < expected + 1

test('a reservation and the lease of its payment last as long as is configured', async (t) => {
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  const paying = ada.buy([{ product_id: tea!, quantity: 1 }], 'tok_slow')
  const { reserved, lease } = await until('the order', () => secondsOf(ada.kept))
  t.ok(isAbout(reserved, 500), `${reserved}`)
  t.ok(isAbout(lease, 40), `${lease}`)
  t.equal((await paying).status, 201)
})

test('a payment of unknown outcome is looked at within a second, and then less and less often', async (t) => {
  const [tea] = await stock(app, 5)
  const ada = buyer(silent)
  await ada.buy([{ product_id: tea!, quantity: 1 }])
  const { due } = (await secondsOf(ada.kept))!
  t.ok(due > 0 && due <= 1, `${due}`)
  for (const pause of [2, 4, 8]) {
    await sql.query('update payments set check_at = now() where check_at > now()')
    t.equal(await silent.checkout.resolveDue(5), 1)
    const next = (await secondsOf(ada.kept))!
    t.ok(isAbout(next.due, pause), `${next.due} after ${pause}`)
  }
  await endUnknownOutcomes()
})

test('an order is given up when the provider is silent for longer than is configured', async (t) => {
  const [tea] = await stock(app, 5)
  const ada = buyer(silent)
  const { body } = await ada.buy([{ product_id: tea!, quantity: 1 }])
  for (const [age, status] of [
    [880, 'pending'],
    [920, 'cancelled']
  ] as const) {
    await sql.query(
      `update orders set created_at = now() - $2::int * interval '1 s' where id = $1`,
      [body.id, age]
    )
    await sql.query('update payments set check_at = now() where order_id = $1', [body.id])
    await silent.checkout.resolveDue(5)
    t.equal((await ada.order(body.id)).body.status, status, `${age} s`)
  }
  const { due } = (await secondsOf(ada.kept))!
  t.ok(isAbout(due, 10), `its payment stays open: ${due}`)
  await endUnknownOutcomes()
})
