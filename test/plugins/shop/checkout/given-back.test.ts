import { randomUUID } from 'node:crypto'
import t from 'tap'
import { consistently } from '../../../support/assert-consistent.ts'
import { build, environmentOf } from '../../../support/build.ts'
import { stock } from '../../../support/buyer.ts'

// The limit of unpaid orders, for clients that pay and cancel.

const app = await build(
  t,
  { RATE_LIMIT_API: '100000', RATE_LIMIT_CHECKOUT: '100000', RESOLVER_INTERVAL_MS: '60000' },
  { redis: true }
)
const { sql } = environmentOf(app)
const test = consistently(t, app)
const [tea] = await stock(app, 1000)
let addresses = 0

function client() {
  const headers = { 'x-forwarded-for': `10.8.0.${++addresses}`, 'x-session-id': randomUUID() }
  const buy = async (token: string): Promise<{ status: number; id: string }> => {
    const answer = await app.inject({
      method: 'POST',
      url: '/api/v1/checkout',
      headers: { ...headers, 'idempotency-key': randomUUID() },
      payload: {
        email: 'ada@example.com',
        payment: { token },
        items: [{ product_id: tea, quantity: 1 }]
      }
    })
    return { status: answer.statusCode, id: answer.json().id }
  }
  const cancel = async (id: string) => {
    const url = `/api/v1/orders/${id}/cancel`
    t.equal((await app.inject({ method: 'POST', url, headers })).statusCode, 200)
  }
  return { buy, cancel, decline: async () => (await buy('tok_declined')).status }
}

async function refund() {
  await sql.query('update payments set check_at = now() where check_at > now()')
  while ((await app.checkout.resolveDue(100)) > 0);
}

test('an order that was paid forgives those before it until it is cancelled, and counts then', async (t) => {
  const eve = client()
  for (let n = 0; n < 4; n++) t.equal(await eve.decline(), 402)
  const first = await eve.buy('tok_success')
  const second = await eve.buy('tok_success')
  t.same([first.status, second.status], [201, 201])
  t.equal(await eve.decline(), 402, 'both forgive')
  await eve.cancel(first.id)
  t.equal(await eve.decline(), 402, 'the second one still does')
  await eve.cancel(second.id)
  t.equal(await eve.decline(), 429)
  await refund()
})

test('a client that pays and cancels five orders has to wait', async (t) => {
  const eve = client()
  for (let n = 0; n < 5; n++) {
    const { status, id } = await eve.buy('tok_success')
    t.equal(status, 201)
    await eve.cancel(id)
  }
  t.equal(await eve.decline(), 429)
  await refund()
})

test('a client that keeps its orders may place any number', async (t) => {
  const ada = client()
  for (let n = 0; n < 8; n++) t.equal((await ada.buy('tok_success')).status, 201)
})
