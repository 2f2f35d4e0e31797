import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { buyer, stock } from '../../../support/buyer.ts'
import { build, until, environmentOf } from '../../../support/build.ts'
import { addProduct, call } from '../../../routes/shop.ts'
import { finish } from '../../../sql/support.ts'
import { emptied } from './support.ts'

// Polls as often as it does in production: what a dead request left is right again within about a second.
const app = await build(t, { OUTBOX_INTERVAL_MS: '200', RESOLVER_INTERVAL_MS: '60000' })
const { sql } = environmentOf(app)
await app.redis.set('cache:born', 1)

const product = async (id: string) => (await call(app, `GET /api/v1/products/${id}`)).body
const listing = async (slug: string) =>
  (await call(app, `GET /api/v1/products?limit=100`)).body.products.find(
    (one: { slug: string }) => one.slug === slug
  )

/** Waits for the condition, and checks that it took less than 1.5 s. */
async function soon(t: Test, what: string, condition: () => Promise<boolean>) {
  const began = performance.now()
  await until(what, condition)
  const ms = Math.round(performance.now() - began)
  t.ok(ms < 1500, `${what}: ${ms} ms`)
}

t.test('a price whose request died before it told the cache is right soon', async (t) => {
  const { id, slug } = await addProduct(app)
  await emptied(app)
  for (const one of [await product(id), await product(slug), await listing(slug)])
    t.equal(one.price.amount, 1000)

  // The transaction of PATCH, and nothing after it.
  await sql.query(
    `with changed as (update products set price = 1234, version = version + 1 where id = $1 returning *)
     insert into outbox (aggregatetype, aggregateid, version, type, payload)
     select 'product', id, version, 'product.changed',
            jsonb_build_object('product_id', id, 'slug', slug, 'slug_before', slug) from changed`,
    [id]
  )
  await soon(t, 'the new price everywhere', async () => {
    const all = [await product(id), await product(slug), await listing(slug)]
    return all.every(({ price }) => price.amount === 1234)
  })
})

t.test(
  'stock whose request died before it told the gate and the listings is right soon',
  async (t) => {
    const { id, slug } = await addProduct(app, { quantity: 3 })
    await emptied(app)
    t.match([await product(id), await listing(slug)], [{ quantity: 3 }, { in_stock: true }])
    const adjust = `select change_stock($1, 'adjust', $2, 'found', gen_random_uuid(), null)`
    await sql.query(adjust, [id, -3])
    await soon(t, 'it to be sold out', async () => {
      return !(await product(id)).in_stock && !(await listing(slug)).in_stock
    })
    await sql.query(adjust, [id, 2])
    await soon(t, 'it to be back', async () => {
      return (await product(id)).quantity === 2 && (await listing(slug)).in_stock
    })
  }
)

t.test('a cart whose checkout died before it was cleared is cleared soon', async (t) => {
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  await ada.add(tea!, 2)
  // The provider's answer was lost; another node finishes the order.
  const { status, body } = await ada.checkout({ payment: { token: 'tok_timeout' } })
  t.equal(status, 202)
  await ada.add(tea!, 1)
  await finish(sql, [{ order: body.id, outcome: 'succeeded' }])
  await soon(t, 'what was bought to leave the cart', async () => {
    const { items } = (await ada.cart()).body
    return items.length === 1 && items[0]!.quantity === 1
  })
})

t.test('an event about an order and a product that do not exist does no harm', async (t) => {
  await sql.query(
    `insert into outbox (aggregatetype, aggregateid, version, type, payload) values
       ('order', $1, 2, 'order.confirmed', $2), ('inventory', $1, 2, 'inventory.changed', $2)`,
    [randomUUID(), { order_id: randomUUID(), product_id: randomUUID(), cart_id: null }]
  )
  await emptied(app)
  t.pass('it was published')
})
