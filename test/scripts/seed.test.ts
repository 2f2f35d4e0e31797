import t, { type Test } from 'tap'
import { seed } from '../../scripts/seed/seed.ts'
import { departments, places } from '../../scripts/seed/departments.ts'
import { sampleProduct } from '../../scripts/seed/product.ts'
import { countVariants } from '../../scripts/seed/variants.ts'
import { environment, type Environment } from '../support/environment.ts'

t.test('the seed fills two databases with the same catalog', async (t) => {
  const [one, other] = await Promise.all([shop(t, 300), shop(t, 300)])
  for (const table of ['categories', 'products', 'inventory', 'inventory_movements']) {
    t.same(await contents(one, table), await contents(other, table), table)
  }
})

t.test('the seed creates as many products as requested, each with its stock', async (t) => {
  for (const products of [1, 7, 1_001]) {
    const { sql } = await shop(t, products)
    const { rows } = await sql.query(
      'select (select count(*) from products)::int products, (select count(*) from inventory)::int stocks'
    )
    t.same(rows, [{ products, stocks: products }])
  }
})

t.test('the stock movements of the seed add up to the stock', async (t) => {
  const { sql } = await shop(t, 1_000)
  const { rows } = await sql.query(
    `select product_id from inventory left join inventory_movements m using (product_id)
     where (inventory.quantity, reserved_quantity) is distinct from (coalesce(m.quantity, 0), coalesce(m.reserved, 0))`
  )
  t.same(rows, [])
  const stock = await sql.query(
    `select count(*) filter (where quantity = 0)::int sold_out, count(*) filter (where quantity between 1 and 4)::int few,
       max(quantity)::int most from inventory`
  )
  const { sold_out, few, most } = stock.rows[0]
  t.ok(sold_out > 0 && sold_out < 100, `${sold_out} of 1,000 are sold out`)
  t.ok(few > 0 && few < 150, `of ${few} there are very few`)
  t.ok(most > 200 && most <= 250)
})

t.test('the seed fills every category, in a tree of two levels', async (t) => {
  const { sql } = await shop(t, 30)
  const { rows } = await sql.query(
    `select c.slug, p.slug as parent, (select count(*) from products where category_id = c.id)::int products
     from categories c left join categories p on p.id = c.parent_id`
  )
  t.equal(rows.filter(({ parent }) => !parent).length, departments.length)
  for (const { slug, parent, products } of rows) t.equal(products > 0, parent !== null, slug)
})

t.test('the seed changes nothing in a shop that has a product', async (t) => {
  const home = await shop(t, 20)
  const before = await contents(home, 'products')
  await Promise.all([seed(home.primaryUrl, 40, 'USD'), seed(home.primaryUrl, 40, 'EUR')])
  t.same(await contents(home, 'products'), before)
})

t.test('two seeds at once fill the shop once', async (t) => {
  const home = await environment(t)
  await Promise.all([seed(home.primaryUrl, 20, 'EUR'), seed(home.primaryUrl, 20, 'EUR')])
  const { rows } = await home.sql.query('select currency, count(*)::int from products group by 1')
  t.same(rows, [{ currency: 'EUR', count: 20 }])
})

t.test('the seed refuses a number of products out of range', async (t) => {
  for (const products of [0, -1, 1.5, Number.NaN, 1_000_001]) {
    await t.rejects(seed('postgres://127.0.0.1/none', products, 'USD'), /1 to 1,000,000/)
  }
})

t.test('the sample catalog has a million different products', async (t) => {
  for (const { department, kind } of places) {
    t.ok(countVariants(department, kind) * places.length >= 1_000_000, kind.name)
  }
  // Three stretches of the million, the ends included.
  const some = [0, 500_000, 980_000].flatMap((first) =>
    Array.from({ length: 20_000 }, (_, index) => sampleProduct(first + index))
  )
  for (const name of ['id', 'sku', 'slug', 'name'] as const) {
    t.equal(new Set(some.map((product) => product[name])).size, some.length, name)
  }
})

t.test('sample products have plausible names, prices and dates', async (t) => {
  const some = Array.from({ length: 10_000 }, (_, index) => sampleProduct(index * 100))
  const odd = some.filter(
    ({ name, description, slug, price, id, created_at }) =>
      /[{}]|undefined/.test(name + description) ||
      !/^[A-Z][^.]+(\.\d[^.]*)*\. [A-Z][^.]+\.$/.test(description) ||
      !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug) ||
      ![0, 90, 99].includes(price % 100) ||
      price < 500 ||
      price > 100_000 ||
      Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16) !== created_at.getTime() ||
      created_at.getUTCFullYear() !== 2025
  )
  t.same(odd, [])
})

async function shop(t: Test, products: number): Promise<Environment> {
  const home = await environment(t)
  await seed(home.primaryUrl, products, 'USD')
  return home
}

async function contents({ sql }: Environment, table: string) {
  const { rows } = await sql.query(`select * from ${table} order by 1`)
  return rows
}
