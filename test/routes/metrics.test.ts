import t from 'tap'
import { build } from '../support/build.ts'
import { addProduct, buy, call } from './shop.ts'

const app = await build(t)

t.test('GET /metrics counts requests by route, not by URL', async (t) => {
  const { id } = await addProduct(app)
  await call(app, `GET /api/v1/products/${id}`)
  await call(app, 'GET /api/v1/nothing')
  await buy(app, id)
  const { status, headers, text } = await call(app, 'GET /metrics')
  t.equal(status, 200)
  t.match(headers['content-type'], /^text\/plain/)
  t.match(text, counted('GET', '/api/v1/products/:id_or_slug', 200))
  t.match(text, counted('GET', 'none', 404))
  t.match(text, 'holdfast_checkouts_total{outcome=')
  t.match(text, 'process_resident_memory_bytes')
  t.notMatch(text, id)
})

const counted = (method: string, route: string, code: number) =>
  `holdfast_http_request_duration_seconds_count{method="${method}",route="${route}",status="${code}"} 1`
