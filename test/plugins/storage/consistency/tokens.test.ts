import { randomUUID } from 'node:crypto'
import t from 'tap'
import { hashOf } from '../../../../plugins/kernel/session/id.ts'
import { openTokens } from '../../../../plugins/storage/consistency/token.ts'
import { currentLsn, lastLsn, later } from '../../../../plugins/storage/lsn.ts'
import { buyer, stock } from '../../../support/buyer.ts'
import { build, until, environmentOf } from '../../../support/build.ts'
import { addProduct, buy, call } from '../../../routes/shop.ts'
import { served, stall, trustSessions } from '../replicas/support.ts'

const app = await build(t, {}, { replica: true, redis: true })
await trustSessions(app)
const [tea] = await stock(app, 10_000)
const items = [{ product_id: tea!, quantity: 1 }]
const header = 'x-consistency-token'
const tokens = openTokens(app.config.COOKIE_SECRET, app.epoch)

/** The orders of a client that has this header and no session. */
const list = (token?: string, session: string = randomUUID()) =>
  call(app, 'GET /api/v1/orders', { session, ...(token && { headers: { [header]: token } }) })

t.test(
  'the answer to a write has a token of its position, which the session has too',
  async (t) => {
    const before = await currentLsn(app.db)
    const session = randomUUID()
    const bought = await buy(app, tea!, { session })
    const token = String(bought.headers[header])
    t.match(token, /^[\w-]{32}$/)
    const lsn = tokens.verify(token)!
    t.ok(lsn > before && lsn <= (await currentLsn(app.db)))
    t.equal(await app.redis.get(`ryw:hash:${hashOf(session)}`), `${app.epoch()}:${lsn}`)
    const ttl = await app.redis.pttl(`ryw:hash:${hashOf(session)}`)
    t.ok(ttl > 25_000 && ttl <= 30_000, `${ttl} ms`)
  }
)

t.test(
  'a declined order, a cancel and an admin write have a token; reads, refusals and carts have none',
  async (t) => {
    const session = randomUUID()
    const declined = await buy(app, tea!, { session, token: 'tok_declined' })
    t.equal(declined.status, 402)
    const { body: order } = await buy(app, tea!, { session })
    const cancelled = await call(app, `POST /api/v1/orders/${order.id}/cancel`, { session })
    const { id } = await addProduct(app)
    const counted = await call(app, `PUT /api/v1/admin/inventory/${id}`, {
      key: true,
      body: { quantity: 5, reason: 'counted' }
    })
    for (const { headers } of [declined, cancelled, counted])
      t.ok(tokens.verify(String(headers[header])))

    const item = { session, body: { product_id: id, quantity: 1 } }
    for (const { headers } of [
      await list(),
      await buy(app, id, { quantity: 900 }),
      await call(app, 'POST /api/v1/cart/items', item),
      await call(app, 'DELETE /api/v1/cart', { session }),
      await call(app, 'POST /api/v1/nothing')
    ])
      t.equal(headers[header], undefined)
  }
)

t.test(
  'a write that has arrived at a replica but is not applied is read from the primary',
  async (t) => {
    await stall(t, app)
    const ada = buyer(app)
    const { body: order, headers } = await ada.buy(items)
    t.equal(
      await served(app, 'primary wait', async () => t.equal((await ada.orders()).length, 1)),
      1
    )
    const one = await served(app, 'primary wait', async () =>
      t.match(await ada.order(order.id), { status: 200, body: { status: 'confirmed' } })
    )
    t.equal(one, 1)
    t.equal(await served(app, 'primary wait', () => list(headers[header])), 1, 'the header alone')
    t.equal(await served(app, 'replica1 turn', () => list()), 1, 'others need not have it')

    await app.redis.del(`ryw:hash:${ada.kept}`)
    const missing = await served(app, 'primary missing', async () =>
      t.equal((await ada.order(order.id)).status, 200)
    )
    t.equal(missing, 1, 'the primary is asked before 404')
    t.equal((await ada.order(randomUUID())).body.code, 'order_not_found')
  }
)

t.test('a replica that has caught up serves the client that has written', async (t) => {
  const ada = buyer(app)
  await until('the replica', () => app.replicas.all[0]!.health.state === 'healthy')
  const { headers } = await ada.buy(items)
  for (const read of [() => ada.orders(), () => list(headers[header])])
    t.ok(await until('its turn', () => served(app, 'replica1 turn', read)))
})

t.test('the primary answers a client whose token is invalid', async (t) => {
  const mine = tokens.sign(await currentLsn(app.db))
  const forged = openTokens('another secret', app.epoch).sign(lastLsn)
  const foreign = openTokens(app.config.COOKIE_SECRET, () => randomUUID()).sign(lastLsn)
  const spoilt = `${mine.slice(0, 5)}${mine[5] === 'A' ? 'B' : 'A'}${mine.slice(6)}`
  for (const token of [
    forged,
    foreign,
    spoilt,
    'x',
    `${mine}A`,
    '💥'.repeat(8),
    'A'.repeat(5000)
  ]) {
    const reads = await served(app, 'primary token', async () =>
      t.equal((await list(token)).status, 200)
    )
    t.equal(reads, 1, token)
  }
  const session = randomUUID()
  await app.redis.set(`ryw:hash:${hashOf(session)}`, `${randomUUID()}:${lastLsn}`)
  t.equal(await served(app, 'primary token', () => list(undefined, session)), 1, "a session's too")
})

t.test('the position of a session is never lowered', async (t) => {
  const session = randomUUID()
  const raise = (...positions: string[]) =>
    Promise.all(
      positions.map((lsn) =>
        app.redis.rywRaise(`ryw:hash:${session}`, `${app.epoch()}:${lsn}`, 30_000)
      )
    )
  const positions = Array.from({ length: 50 }, () =>
    Math.floor(Math.random() * 2 ** 40)
      .toString(16)
      .padStart(16, '0')
  )
  await raise(...positions)
  t.equal(
    await app.redis.get(`ryw:hash:${session}`),
    `${app.epoch()}:${positions.reduce((a, b) => later(a, b))}`
  )
})

t.test('an emptied Redis is not trusted for as long as a lost position could matter', async (t) => {
  await app.redis.flushall()
  for (let n = 0; n < 2; n++) t.equal(await served(app, 'primary token', () => list()), 1)
  const ttl = await app.redis.pttl('ryw:young')
  t.ok(ttl > 25_000 && ttl <= 30_000, `${ttl} ms`)
  await app.redis.del('ryw:young')
  t.equal(await served(app, 'primary token', () => list()), 0)
})

t.test('a commit at an unknown position keeps its session on the primary', async (t) => {
  const session = randomUUID()
  await app.consistency.raise({ session: hashOf(session) } as never, lastLsn)
  t.equal(await served(app, 'primary wait', () => list(undefined, session)), 1)
})

t.test(
  'a session reads from the primary while Redis is unreachable, unless it sends its token',
  async (t) => {
    const ada = buyer(app)
    const { headers } = await ada.buy(items)
    await until('the replica', () => served(app, 'replica1 turn', () => list(headers[header])))
    const pid = environmentOf(app).redisPid()!
    process.kill(pid, 'SIGSTOP')
    t.teardown(() => process.kill(pid, 'SIGCONT'))
    t.equal(
      await served(app, 'primary token', async () => t.equal((await ada.orders()).length, 1)),
      1
    )
    t.equal(await served(app, 'replica1 turn', () => list(headers[header], ada.session)), 1)

    process.kill(pid, 'SIGCONT')
    await until('Redis', () => app.redis.ping())
    t.equal(
      await served(app, 'primary token', () => list()),
      1,
      'a Redis that was unreachable is not trusted either'
    )
  }
)
