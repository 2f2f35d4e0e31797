import { randomUUID } from 'node:crypto'
import t from 'tap'
import { stock } from '../../support/buyer.ts'
import { build, environmentOf } from '../../support/build.ts'

const app = await build(t)
const [tea, mugs] = (await stock(app, 1, 1)) as [string, string]
const { sql } = environmentOf(app)

/** How many statements have looked products up. */
const statements = async () => {
  const { body } = await app.inject({ url: '/metrics' })
  const name = 'holdfast_query_duration_seconds_count{pool="primary",query="select products"} '
  const line = body.split('\n').find((text) => text.startsWith(name))
  return Number(line?.slice(name.length) ?? 0)
}

t.test('requests that look products up at the same time share a statement', async (t) => {
  const before = await statements()
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, at) => app.findProducts(at % 2 ? [tea] : [mugs, tea]))
  )
  answers.forEach((products, at) =>
    t.same(
      products.map(({ id }) => id),
      at % 2 ? [tea] : [mugs, tea],
      'each its own, in the order in which it asked'
    )
  )
  t.equal((await statements()) - before, 1)
})

t.test(
  'a product is found as it is when it is asked for, and an unknown one is left out',
  async (t) => {
    t.same(await app.findProducts([]), [])
    t.same(await app.findProducts([randomUUID()]), [])
    await sql.query('update products set price = 4321 where id = $1', [tea])
    t.match(await app.findProducts([tea]), [{ id: tea, price: 4321, status: 'active' }])
  }
)
