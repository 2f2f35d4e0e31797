import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build } from '../support/build.ts'
import { addProduct, call } from './shop.ts'

const app = await build(t)

t.test('GET /template/:id answers with what has the id', async (t) => {
  const { id } = await addProduct(app)
  const { status, body } = await call(app, `GET /api/v1/template/${id}`)
  t.match({ status, body }, { status: 200, body: { id, name: String } })
})

t.test('GET /template/:id refuses an id that is not there, and one that is no UUID', async (t) => {
  const missing = await call(app, `GET /api/v1/template/${randomUUID()}`)
  t.match(
    { status: missing.status, code: missing.body.code },
    { status: 404, code: 'product_not_found' }
  )
  const malformed = await call(app, 'GET /api/v1/template/mug')
  t.match({ status: malformed.status, code: malformed.body.code }, { status: 400 })
})
