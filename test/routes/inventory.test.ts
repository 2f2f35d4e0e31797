import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build } from '../support/build.ts'
import { addProduct, buy, call } from './shop.ts'

const app = await build(t)
const get = (path: string, headers = {}) => call(app, `GET /api/v1/${path}`, { headers })

t.test('the availability of a product is the number of units that can be sold now', async (t) => {
  const { id } = await addProduct(app, { quantity: 2 })
  const stock = async (name = id) => (await get(`inventory/${name}`)).body
  t.same(await stock(), { product_id: id, quantity: 2, in_stock: true })
  t.same(await stock(id.toUpperCase()), { product_id: id, quantity: 2, in_stock: true })
  const { headers } = await get(`inventory/${id}`)
  t.equal((await get(`inventory/${id}`, { 'if-none-match': headers.etag })).status, 304)
  await buy(app, id, { quantity: 2 })
  t.same(await stock(), { product_id: id, quantity: 0, in_stock: false })
})

t.test('the availability of a product outside the catalog is not found', async (t) => {
  const draft = await addProduct(app, { status: 'draft' })
  for (const id of [randomUUID(), draft.id]) {
    const { status, body } = await get(`inventory/${id}`)
    t.match({ status, code: body.code }, { status: 404, code: 'product_not_found' })
  }
  t.equal((await get('inventory/mug')).status, 400)
})
