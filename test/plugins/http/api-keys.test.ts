import { randomUUID } from 'node:crypto'
import t from 'tap'
import { hashSecret } from '../../../plugins/http/api-keys.ts'
import { adminKey, build, environmentOf } from '../../support/build.ts'
import { addProduct, call } from '../../routes/shop.ts'

const app = await build(t)
const { sql } = environmentOf(app)
const { id } = await addProduct(app)
const stock = `PUT /api/v1/admin/inventory/${id}` as const
const body = { quantity: 3, reason: 'counted' }

/** Inserts a key with these scopes, and returns its secret. */
async function issue(...scopes: string[]) {
  const secret = `hf_${randomUUID()}`
  await sql.query(
    `insert into api_keys (id, name, secret_hash, scopes) values (gen_random_uuid(), 'test', $1, $2)`,
    [hashSecret(secret), scopes]
  )
  return secret
}

t.test('an admin route refuses a request without a known key', async (t) => {
  const basic = { authorization: `Basic ${adminKey}` }
  const refused = [
    await call(app, stock, { body }),
    await call(app, stock, { body, headers: basic }),
    await call(app, stock, { body, key: 'x'.repeat(40) }),
    await call(app, stock, { body, key: `${adminKey}x` }),
    await call(app, stock, { body, key: 'x'.repeat(500) }),
    await call(app, stock, { body, headers: { authorization: 'Bearer' } }),
    await call(app, stock, { body: { quantity: 'three' } }),
    await call(app, 'PATCH /api/v1/admin/products/no-id')
  ]
  for (const { status, headers, body: problem } of refused) {
    t.match({ status, code: problem.code }, { status: 401, code: 'unauthorized' })
    t.equal(headers['www-authenticate'], 'Bearer')
  }
})

t.test('a key allows what its scopes name and nothing else', async (t) => {
  const [inventory, catalog, both] = [
    await issue('inventory'),
    await issue('catalog'),
    await issue('catalog', 'inventory')
  ]
  const rename = { body: { name: 'New' } }
  const product = `PATCH /api/v1/admin/products/${id}` as const
  const forbidden = { status: 403, body: { code: 'forbidden' } }
  t.equal((await call(app, stock, { body, key: inventory })).status, 200)
  t.match(await call(app, product, { ...rename, key: inventory }), forbidden)
  t.match(await call(app, stock, { body, key: catalog }), forbidden)
  t.equal((await call(app, product, { ...rename, key: catalog })).status, 200)
  t.equal((await call(app, stock, { body, key: both })).status, 200)
  t.match(await call(app, stock, { body, key: await issue() }), forbidden)
})

t.test('a revoked key is refused', async (t) => {
  const key = await issue('inventory')
  t.equal((await call(app, stock, { body, key })).status, 200)
  await sql.query('update api_keys set revoked_at = now() where secret_hash = $1', [
    hashSecret(key)
  ])
  t.equal((await call(app, stock, { body, key })).status, 401)
})

t.test('the database has no secret of a key', async (t) => {
  const { rows } = await sql.query('select api_keys::text as row from api_keys')
  t.notOk(rows.some(({ row }) => row.includes(adminKey)))
})

t.test('a new ADMIN_API_KEY replaces the old one', async (t) => {
  const next = 'hf_next_0123456789abcdef0123456789abcdef'
  await build(t, { ADMIN_API_KEY: next }, { like: app })
  t.equal((await call(app, stock, { body, key: true })).status, 401)
  t.equal((await call(app, stock, { body, key: next })).status, 200)
})

t.test('a node without ADMIN_API_KEY accepts no key of the environment', async (t) => {
  const closed = await build(t, { ADMIN_API_KEY: '' })
  t.equal((await call(closed, stock, { body, key: true })).status, 401)
})
