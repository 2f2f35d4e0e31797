import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { addProduct } from '../../../routes/shop.ts'
import { build } from '../../../support/build.ts'

const app = await build(t)
const product = await addProduct(app, { quantity: 100 })
const session = randomUUID()
const whole = JSON.stringify({ product_id: product.id, quantity: 1 })
const json = { 'content-type': 'application/json' }

async function add(payload: Buffer | string, headers: Record<string, string> = json) {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/v1/cart/items',
    payload,
    headers: { 'x-session-id': session, ...headers }
  })
  return { status: answer.statusCode, headers: answer.headers, body: answer.json() }
}

t.test('a node takes a JSON body in each form that clients send it', async (t) => {
  const types = [
    'application/json; charset=UTF-8',
    'application/json;charset=utf-8',
    'application/json; charset="utf-8"',
    'Application/JSON; Charset=Utf8',
    'application/json; odata=verbose'
  ]
  for (const type of types) t.equal((await add(whole, { 'content-type': type })).status, 200, type)
  for (const coding of ['identity', 'Identity', ''])
    t.equal((await add(whole, { ...json, 'content-encoding': coding })).status, 200, coding)
  t.equal((await add(`\ufeff${whole}`)).status, 200, 'a byte order mark')
  t.equal((await add(whole.replace('}', ',"quantity":2}'))).status, 200, 'two members of one name')
})

t.test('a node refuses a body whose bytes are not what its headers say', async (t) => {
  const latin = Buffer.from('{"name":"Crème"}', 'latin1')
  const bytes = {
    'Latin-1': latin,
    'UTF-16': Buffer.from(`\ufeff${whole}`, 'utf16le'),
    'an overlong form': Buffer.from([0x22, 0xc0, 0xaf, 0x22]),
    'a surrogate': Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]),
    'half a character': Buffer.from([0x22, 0xc3, 0x22]),
    'gzip without its header': gzipSync(whole)
  }
  for (const [name, payload] of Object.entries(bytes))
    t.match(await add(payload), { status: 400, body: { code: 'validation_failed' } }, name)

  for (const coding of ['gzip', 'br', 'deflate', 'zstd', 'x', 'identity, gzip'])
    for (const payload of [gzipSync(whole), whole])
      t.match(
        await add(payload, { ...json, 'content-encoding': coding }),
        {
          status: 415,
          headers: { 'accept-encoding': 'identity' },
          body: { code: 'unsupported_media_type' }
        },
        coding
      )
  const types = [
    ...['iso-8859-1', '"utf-16"', 'us-ascii', 'x'].map(
      (name) => `application/json; charset=${name}`
    ),
    'application/problem+json',
    'application/merge-patch+json',
    'application/vnd.api+json',
    'application/jsonp',
    'text/json'
  ]
  for (const type of types)
    t.match(
      await add(whole, { 'content-type': type }),
      { status: 415, body: { code: 'unsupported_media_type' } },
      type
    )
})
