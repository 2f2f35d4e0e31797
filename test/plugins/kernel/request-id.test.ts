import t from 'tap'
import { build } from '../../support/build.ts'
import { call } from '../../routes/shop.ts'

const app = await build(t)
const idOf = async (line: 'GET /', headers: Record<string, string> = {}) =>
  (await call(app, line, { headers })).headers['x-request-id']
const ask = (id: string) => idOf('GET /health/live' as 'GET /', { 'x-request-id': id })

t.test('every answer has a request id of its own', async (t) => {
  const lines = ['GET /health/live', 'GET /nothing', 'GET /api/v1/products/%zz', 'POST /metrics']
  const ids = await Promise.all(lines.map((line) => idOf(line as 'GET /')))
  for (const id of ids) t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
  t.equal(new Set(ids).size, ids.length)
})

t.test(
  'an answer has the request id that the client sent, if that is short and safe',
  async (t) => {
    for (const id of ['a', 'trace-1:2.3_4', 'x'.repeat(128)]) t.equal(await ask(id), id)
    for (const id of ['', 'a b', '<script>', 'ünïcode', 'x'.repeat(129), '"', '{}'])
      t.not(await ask(id), id, id)
  }
)
