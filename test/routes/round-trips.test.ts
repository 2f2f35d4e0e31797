import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build, until } from '../support/build.ts'
import { buyer, stock, type Buyer } from '../support/buyer.ts'
import { tripsOf, type Trips } from '../support/trips.ts'
import { addProduct, call } from './shop.ts'

// What each route asks of Redis and PostgreSQL, exactly: a cost that no noise of a machine hides. A number that rises needs a
// reason. A number that falls is written down here.
const app = await build(t, {}, { redis: true })
const tripsDuring = tripsOf(t, app)
const thing = await addProduct(app, { quantity: 1000 })
const [tea, cup] = (await stock(app, 1000, 1000)) as [string, string]
const none = await addProduct(app, { quantity: 0 })
const items = [
  { product_id: tea, quantity: 1 },
  { product_id: cup, quantity: 1 }
]

type Answer = Promise<{ status: number }>
type Ask = () => Answer
type Route = [line: string, status: number, trips: Trips, begin: () => Promise<Ask>]

const get = (path: string) => async () => () => call(app, `GET /api/v1/${path}`)
const staff = (line: string, body?: object) => async () => () =>
  call(app, line.replace(' ', ' /api/v1/admin/') as 'GET /', { key: true, body })

/** A request of a buyer whose cart has these items. */
const withCart = (ask: (ada: Buyer) => Answer) => async () => {
  const ada = buyer(app)
  for (const { product_id } of items) await ada.add(product_id)
  return () => ask(ada)
}

/** A request of a buyer who has bought these items. */
const withOrder = (ask: (ada: Buyer, id: string) => Answer) => async () => {
  const ada = buyer(app)
  const { body } = await ada.buy(items)
  return () => ask(ada, body.id)
}

const routes: Route[] = [
  ['GET /products/{id}', 200, { redis: 1, postgres: 0 }, get(`products/${thing.id}`)],
  ['GET /products/{slug}', 200, { redis: 1, postgres: 0 }, get(`products/${thing.slug}`)],
  ['GET /products', 200, { redis: 1, postgres: 0 }, get('products')],
  ['GET /products, never stored', 200, { redis: 2, postgres: 2 }, get(`products?ids=${thing.id}`)],
  ['GET /categories', 200, { redis: 1, postgres: 0 }, get('categories')],
  ['GET /inventory/{id}', 200, { redis: 1, postgres: 0 }, get(`inventory/${thing.id}`)],
  ['GET /cart', 200, { redis: 1, postgres: 1 }, withCart((ada) => ada.cart())],
  ['POST /cart/items', 200, { redis: 1, postgres: 1 }, withCart((ada) => ada.add(thing.id))],
  [
    'POST /checkout of items',
    201,
    { redis: 3, postgres: 4 },
    async () => () => buyer(app).buy(items)
  ],
  [
    'POST /checkout of a cart',
    201,
    { redis: 5, postgres: 4 },
    withCart((ada) => ada.checkout({}, randomUUID()))
  ],
  [
    'POST /checkout, sold out',
    409,
    { redis: 1, postgres: 3 },
    async () => () => buyer(app).buy([{ product_id: none.id, quantity: 1 }])
  ],
  ['GET /orders/{id}', 200, { redis: 0, postgres: 1 }, withOrder((ada, id) => ada.order(id))],
  [
    'GET /orders',
    200,
    { redis: 0, postgres: 1 },
    withOrder(({ session }) => call(app, 'GET /api/v1/orders', { session }))
  ],
  [
    'POST /orders/{id}/cancel',
    200,
    { redis: 2, postgres: 6 },
    withOrder((ada, id) => ada.cancel(id))
  ],
  [
    'PATCH /admin/products/{id}',
    200,
    { redis: 2, postgres: 5 },
    async () => () =>
      staff(`PATCH products/${thing.id}`, { name: randomUUID() })().then((ask) => ask())
  ],
  [
    'PUT /admin/inventory/{id}',
    200,
    { redis: 1, postgres: 4 },
    staff(`PUT inventory/${thing.id}`, { quantity: 1000, reason: 'count' })
  ]
]

for (const [line, status, each, begin] of routes) {
  t.test(`${line} asks Redis and PostgreSQL as often as it is written here`, async (t) => {
    for (let warm = 0; warm < 2; warm++) await (await begin())()
    const asks = [await begin(), await begin(), await begin()]
    const three = { redis: 3 * each.redis, postgres: 3 * each.postgres }
    const trips = await tripsDuring(async () => {
      for (const ask of asks) t.equal((await ask()).status, status)
    })
    // What follows an answer may still be under way.
    const isThere = () => trips.redis >= three.redis && trips.postgres >= three.postgres
    await until('what follows the answer', isThere, 2000).catch(() => {})
    t.same(trips, three)
  })
}
