import { randomUUID } from 'node:crypto'
import t from 'tap'
import { hashOf, readId } from '../../../plugins/kernel/session/id.ts'
import { lastLsn } from '../../../plugins/storage/lsn.ts'
import { addProduct, buy, call } from '../../routes/shop.ts'
import { build } from '../../support/build.ts'

const app = await build(t)

t.test('the hash of a session opens nothing, also when it has the form of an id', async (t) => {
  const { id: product_id } = await addProduct(app)
  const session = sessionWhoseHashIsAnId()
  const thief = hashOf(session)
  await call(app, 'POST /api/v1/cart/items', { session, body: { product_id, quantity: 1 } })
  const { body: order } = await buy(app, product_id, { session })
  await app.redis.set(`ryw:hash:${thief}`, `${app.epoch()}:${lastLsn}`, 'PX', 30_000)

  t.match((await call(app, 'GET /api/v1/cart', { session: thief })).body, { id: null, items: [] })
  const put = { session: thief, body: { quantity: 2 } }
  await call(app, `PUT /api/v1/cart/items/${product_id}`, put)
  t.equal((await call(app, `GET /api/v1/orders/${order.id}`, { session: thief })).status, 404)
  t.same((await call(app, 'GET /api/v1/orders', { session: thief })).body.orders, [])
  const cancel = `POST /api/v1/orders/${order.id}/cancel` as const
  t.equal((await call(app, cancel, { session: thief })).status, 404)
  const request = { headers: { 'x-session-id': thief } } as never
  t.not(await app.consistency.floorOf(request), lastLsn, 'nor is the position of the session read')
  t.match((await call(app, 'GET /api/v1/cart', { session })).body.items, [{ quantity: 1 }])
})

/** One in 32 sessions. */
function sessionWhoseHashIsAnId() {
  for (;;) {
    const session = randomUUID()
    if (readId(hashOf(session)) !== undefined) return session
  }
}
