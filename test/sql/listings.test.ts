import { randomUUID } from 'node:crypto'
import type { Client } from 'pg'
import t from 'tap'
import { connected } from '../../scripts/stack/postgres/cluster.ts'
import { readInvariants } from '../../plugins/background/invariants/files.ts'
import { build, until, environmentOf } from '../support/build.ts'
import { addCategory, addProduct, buy, call, usd, type ShopProduct } from '../routes/shop.ts'

const app = await build(t)
const { sql, primaryUrl } = environmentOf(app)
const queries = readInvariants()
  .filter(({ name }) => ['listings-are-true', 'words-are-known'].includes(name))
  .map(({ query }) => query)

/** The listing of a product; undefined: it has none. Also asserts that all listings are true and all their words known. */
async function listing({ id }: ShopProduct) {
  for (const query of queries) t.same((await sql.query(query)).rows, [])
  const { rows } = await sql.query('select *, xmin from listings where product_id = $1', [id])
  return rows[0]
}

const patch = (product: ShopProduct, body: object) =>
  call(app, `PATCH /api/v1/admin/products/${product.id}`, { key: true, body })

t.test('listings follow every change of a product', async (t) => {
  const product = await addProduct(app, { status: 'draft' })
  t.equal(await listing(product), undefined)
  const category_id = await addCategory(app, 'elsewhere')
  for (const change of [
    { status: 'active' },
    { price: usd(7) },
    { name: 'Another Name' },
    { description: 'other words' },
    { category_id }
  ]) {
    t.equal((await patch(product, change)).status, 200)
    t.ok(await listing(product))
  }
  t.match(await listing(product), { name: 'another name', price: '7', category_id, in_stock: true })
  await patch(product, { status: 'draft' })
  t.equal(await listing(product), undefined)
})

t.test(
  'a draft that is published later is the newest then, and a product that comes back is not',
  async (t) => {
    const made = [
      await addProduct(app),
      await addProduct(app, { status: 'draft' }),
      await addProduct(app)
    ] as const
    const order = async () => {
      const path = `/api/v1/products?ids=${made.map(({ id }) => id).join()}` as const
      const { body } = await call(app, `GET ${path}`)
      return body.products.map(({ id }: ShopProduct) => made.findIndex((one) => one.id === id))
    }
    t.same(await order(), [2, 0])
    await patch(made[1], { status: 'active' })
    t.same(await order(), [1, 2, 0])
    for (const status of ['draft', 'active']) await patch(made[0], { status })
    t.same(await order(), [1, 2, 0], 'it was new before')
    await listing(made[1])

    // A product that version 0.1.0 has published.
    await sql.query(`update products set published_at = '-infinity' where id = $1`, [made[2].id])
    for (const status of ['draft', 'active']) await patch(made[2], { status })
    t.same(await order(), [1, 2, 0])
  }
)

t.test(
  'listings change when stock crosses zero, whatever moves it, and at no other sale',
  async (t) => {
    const product = await addProduct(app, { quantity: 3 })
    const before = await listing(product)
    await buy(app, product.id, { quantity: 1 })
    t.equal((await listing(product)).xmin, before.xmin, 'a sale that leaves some writes nothing')

    const session = randomUUID()
    const { body: order } = await buy(app, product.id, { quantity: 2, session })
    t.equal((await listing(product)).in_stock, false)
    await call(app, `POST /api/v1/orders/${order.id}/cancel`, { session })
    t.equal((await listing(product)).in_stock, true)

    const set = (quantity: number) =>
      call(app, `PUT /api/v1/admin/inventory/${product.id}`, {
        key: true,
        body: { quantity, reason: 'count' }
      })
    t.equal((await set(0)).status, 200)
    t.equal((await listing(product)).in_stock, false)
    await set(4)
    t.equal((await listing(product)).in_stock, true)
    t.equal((await buy(app, product.id, { quantity: 4, token: 'tok_declined' })).status, 402)
    t.equal((await listing(product)).in_stock, true)
  }
)

t.test('a sale and a change of its product do not deadlock on the listing', async (t) => {
  const product = await addProduct(app, { quantity: 1 })
  await together(async (sale, change) => {
    await sale.query('begin')
    await sale.query('update inventory set quantity = 0 where product_id = $1', [product.id])
    const changed = change.query('update products set slug = $2, price = 5 where id = $1', [
      product.id,
      randomUUID()
    ])
    // The change does not wait, or it waits for the sale; then the sale must not wait for the change.
    await Promise.race([changed, waits(change)])
    await sale.query('select from products where id = $1 for key share', [product.id])
    await sale.query('commit')
    await changed
  })
  t.match(await listing(product), { price: '5', in_stock: false })
})

t.test('a product that goes on sale while its stock moves gets a true listing', async (t) => {
  const product = await addProduct(app, { quantity: 1, status: 'draft' })
  await together(async (sale, change) => {
    await change.query('begin')
    await change.query(`update products set status = 'active' where id = $1`, [product.id])
    const sold = sale.query('update inventory set quantity = 0 where product_id = $1', [product.id])
    // The sale has to wait: without waiting it would find no listing to change.
    await Promise.race([sold, waits(sale)])
    await change.query('commit')
    await sold
  })
  t.match(await listing(product), { in_stock: false })
})

t.test(
  'a change waits for the new words that another product brings, and knows them',
  async (t) => {
    const products = [await addProduct(app), await addProduct(app)]
    const [one, other] = [randomUUID(), randomUUID()]
    await together(async (first, second) => {
      await first.query('begin')
      await described(products[0]!, first, `${one} ${other}`)
      const waiting = described(products[1]!, second, `${other} ${one}`)
      await waits(second)
      await first.query('rollback')
      await waiting
    })
    for (const product of products) t.ok(await listing(product))
  }
)

t.test('a change of a product writes words only when its text changes', async (t) => {
  const product = await addProduct(app)
  const word = `w${randomUUID().replaceAll('-', '')}`
  await patch(product, { description: word })
  await sql.query('delete from listing_words where word = $1', [word])
  await patch(product, { price: usd(9) })
  const known = () => sql.query('select from listing_words where word = $1', [word])
  t.equal((await known()).rowCount, 0)
  await patch(product, { description: `${word} and more` })
  t.equal((await known()).rowCount, 1)
})

t.test('listings need no index on inventory', async (t) => {
  // An index with the quantity in it, or in its condition, would end HOT updates of what every sale writes.
  const { rows } = await sql.query(`select indexname from pg_indexes where tablename = 'inventory'`)
  t.same(rows, [{ indexname: 'inventory_pkey' }])
})

const described = ({ id }: ShopProduct, client: Client, text: string) =>
  client.query('update products set description = $2 where id = $1', [id, text])

const together = (work: (one: Client, other: Client) => Promise<void>) =>
  connected(primaryUrl, (one) => connected(primaryUrl, (other) => work(one, other)))

/** Resolves when this connection waits for a lock. */
async function waits(client: Client) {
  const { processID } = client as Client & { processID: number }
  await until('a wait', async () => {
    const { rows } = await sql.query('select cardinality(pg_blocking_pids($1)) > 0 as waits', [
      processID
    ])
    return rows[0].waits as boolean
  })
}
