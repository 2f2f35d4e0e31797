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

/** The listing of a product; undefined: it has none. And that all listings are true, and all their words known. */
async function listing({ id }: ShopProduct) {
  for (const query of queries) t.same((await sql.query(query)).rows, [])
  const { rows } = await sql.query('select *, xmin from listings where product_id = $1', [id])
  return rows[0]
}

const patch = (product: ShopProduct, body: object) =>
  call(app, `PATCH /api/v1/admin/products/${product.id}`, { key: true, body })

t.test('follow every change of a product', async (t) => {
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

t.test('tell when stock crosses zero, whoever moves it, and else are left alone', async (t) => {
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
})

t.test('are no place where a sale and a change of its product wait crosswise', async (t) => {
  const product = await addProduct(app, { quantity: 1 })
  await together(async (sale, change) => {
    await sale.query('begin')
    await sale.query('update inventory set quantity = 0 where product_id = $1', [product.id])
    const changed = change.query('update products set slug = $2, price = 5 where id = $1', [
      product.id,
      randomUUID()
    ])
    // It waits for nobody, or for the sale; then the sale would wait for it.
    await Promise.race([changed, waits(change)])
    await sale.query('select from products where id = $1 for key share', [product.id])
    await sale.query('commit')
    await changed
  })
  t.match(await listing(product), { price: '5', in_stock: false })
})

t.test('are true of what goes on sale while its stock is moved', async (t) => {
  const product = await addProduct(app, { quantity: 1, status: 'draft' })
  await together(async (sale, change) => {
    await change.query('begin')
    await change.query(`update products set status = 'active' where id = $1`, [product.id])
    const sold = sale.query('update inventory set quantity = 0 where product_id = $1', [product.id])
    // Were it not made to wait, it would find no listing to change.
    await Promise.race([sold, waits(sale)])
    await change.query('commit')
    await sold
  })
  t.match(await listing(product), { in_stock: false })
})

t.test('wait for the new words that another product brings, and know them', async (t) => {
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
})

t.test('ask for the words only when they change', async (t) => {
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

t.test('cost the rows of stock nothing', async (t) => {
  // An index with the quantity in it, or in its condition, would end HOT updates of what every sale writes.
  const { rows } = await sql.query(`select indexname from pg_indexes where tablename = 'inventory'`)
  t.same(rows, [{ indexname: 'inventory_pkey' }])
})

const described = ({ id }: ShopProduct, client: Client, text: string) =>
  client.query('update products set description = $2 where id = $1', [id, text])

const together = (work: (one: Client, other: Client) => Promise<void>) =>
  connected(primaryUrl, (one) => connected(primaryUrl, (other) => work(one, other)))

/** Until this connection waits for a lock. */
async function waits(client: Client) {
  const { processID } = client as Client & { processID: number }
  await until('a wait', async () => {
    const { rows } = await sql.query('select cardinality(pg_blocking_pids($1)) > 0 as waits', [
      processID
    ])
    return rows[0].waits as boolean
  })
}
