import t from 'tap'
import { build } from '../../support/build.ts'
import { addProduct, call } from '../shop.ts'

const app = await build(t)

t.test('GET /admin/template lists what is there, a page at a time', async (t) => {
  const { id } = await addProduct(app)
  const { status, body } = await call(app, 'GET /api/v1/admin/template?limit=1', { key: true })
  t.match({ status, body }, { status: 200, body: { items: [{ id }], page: { total: 1 } } })
})

t.test('GET /admin/template needs an API key, and refuses a query out of bounds', async (t) => {
  const { status, body } = await call(app, 'GET /api/v1/admin/template')
  t.match({ status, code: body.code }, { status: 401, code: 'unauthorized' })
  const beyond = await call(app, 'GET /api/v1/admin/template?limit=101', { key: true })
  t.match(
    { status: beyond.status, code: beyond.body.code },
    { status: 400, code: 'validation_failed' }
  )
})
