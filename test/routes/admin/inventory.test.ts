import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build, environmentOf } from '../../support/build.ts'
import { addProduct, buy, call } from '../shop.ts'

const app = await build(t)
const { sql } = environmentOf(app)

const set = (id: string, quantity: number, headers = {}) =>
  call(app, `PUT /api/v1/admin/inventory/${id}`, {
    key: true,
    headers,
    body: { quantity, reason: 'counted' }
  })
const adjust = (id: string, delta: number, key?: string, reason = 'found') =>
  call(app, `POST /api/v1/admin/inventory/${id}/adjustments`, {
    key: true,
    headers: key === undefined ? {} : { 'idempotency-key': key },
    body: { delta, reason }
  })
const refused = (status: number, code: string) => ({ status, body: { code } })
const movements = async (id: string) =>
  (
    await sql.query<{ kind: string; quantity: string }>(
      'select kind, quantity from inventory_movements where product_id = $1 order by created_at',
      [id]
    )
  ).rows.map(({ kind, quantity }) => [kind, Number(quantity)])

t.test('a count sets the quantity and writes the difference to the ledger', async (t) => {
  const { id } = await addProduct(app, { quantity: 10 })
  const { status, headers, body } = await set(id.toUpperCase(), 4)
  t.equal(status, 200)
  t.equal(headers.etag, '"2"')
  t.match(body, { product_id: id, quantity: 4, reserved_quantity: 0, version: 2, updated_at: /Z$/ })
  t.match(await set(id, 4), { status: 200, body: { version: 2 } }, 'it was four already')
  t.equal((await set(id, 0)).body.quantity, 0)
  t.same(await movements(id), [
    ['receive', 10],
    ['set', -6],
    ['set', -4]
  ])
})

t.test('a count leaves what is reserved', async (t) => {
  const { id } = await addProduct(app, { quantity: 3 })
  t.equal((await buy(app, id, { quantity: 2, token: 'tok_error' })).status, 202)
  t.match((await set(id, 9)).body, { quantity: 9, reserved_quantity: 2 })
})

t.test('a count is made only for the version that If-Match names', async (t) => {
  const { id } = await addProduct(app)
  t.match(await set(id, 5, { 'if-match': '"7"' }), refused(412, 'version_mismatch'))
  t.match(await set(id, 5, { 'if-match': '"1"' }), { status: 200, body: { version: 2 } })
  t.match(await set(id, 6, { 'if-match': '"1"' }), refused(412, 'version_mismatch'))
  t.equal((await set(id, 6, { 'if-match': '*' })).status, 200)
  await buy(app, id)
  t.match(await set(id, 6, { 'if-match': '"3"' }), refused(412, 'version_mismatch'), 'one was sold')
})

t.test('a product and its stock have versions of their own', async (t) => {
  const { id } = await addProduct(app)
  await set(id, 5)
  t.match(await call(app, `GET /api/v1/products/${id}`), { body: { version: 1, quantity: 5 } })
})

t.test('an adjustment adds units and takes them away, but not below zero', async (t) => {
  const { id } = await addProduct(app, { quantity: 2 })
  const { headers, body } = await adjust(id, 3)
  t.match(body, { product_id: id, quantity: 5, version: 2 })
  t.equal(headers.etag, '"2"')
  t.equal((await adjust(id, -4)).body.quantity, 1)
  const answer = await adjust(id, -2)
  t.match(answer, refused(409, 'insufficient_stock'))
  t.same(answer.body.items, [{ product_id: id, requested: 2, available: 1 }])
  t.equal((await adjust(id, -1)).body.quantity, 0)
  t.match(await adjust(id, 0), { status: 200, body: { quantity: 0 } })
  t.equal((await movements(id)).length, 4)
})

t.test('an adjustment is made once for a key, and a repeat says so', async (t) => {
  const { id } = await addProduct(app, { quantity: 1 })
  const key = randomUUID()
  const first = await adjust(id, 3, key)
  t.equal(first.headers['idempotency-replayed'], undefined)
  const repeat = await adjust(id.toUpperCase(), 3, key)
  t.match(repeat, { status: 200, body: { quantity: 4, version: 2 } })
  t.equal(repeat.headers['idempotency-replayed'], 'true')
  t.match(await adjust(id, 4, key), refused(422, 'idempotency_key_reused'))
  t.match(await adjust(id, 3, key, 'lost'), refused(422, 'idempotency_key_reused'))
  t.equal((await adjust(id, 3, randomUUID())).body.quantity, 7)
  const together = randomUUID()
  const answers = await Promise.all(Array.from({ length: 6 }, () => adjust(id, 1, together)))
  t.ok(answers.every(({ status }) => status === 200))
  t.same(new Set(answers.map(({ body }) => body.quantity)), new Set([8]))
})

t.test('a refused adjustment leaves its key free', async (t) => {
  const { id } = await addProduct(app, { quantity: 1 })
  const key = randomUUID()
  t.match(await adjust(id, -2, key), refused(409, 'insufficient_stock'))
  await adjust(id, 5)
  t.match(await adjust(id, -2, key), { status: 200, body: { quantity: 4 } })
})

t.test('an Idempotency-Key has 16 to 255 printable characters', async (t) => {
  const { id } = await addProduct(app)
  for (const key of ['short', 'x'.repeat(256), 'ünïcode-ünïcode-ünïcode'])
    t.match(await adjust(id, 1, key), refused(400, 'validation_failed'))
  t.equal((await adjust(id, 1, 'x'.repeat(255))).status, 200)
})

t.test('a reason has 1 to 200 characters', async (t) => {
  const { id } = await addProduct(app)
  for (const reason of ['', ' ', 'x'.repeat(201)])
    t.match(await adjust(id, 1, undefined, reason), refused(400, 'validation_failed'))
  t.equal((await adjust(id, 1, undefined, '😀'.repeat(200))).status, 200, 'characters, not bytes')
})

t.test('a draft has stock, and an unknown product is answered 404', async (t) => {
  const { id } = await addProduct(app, { status: 'draft' })
  t.equal((await set(id, 5)).status, 200)
  t.match(await set(randomUUID(), 5), refused(404, 'product_not_found'))
  t.match(await adjust(randomUUID(), 5), refused(404, 'product_not_found'))
})
