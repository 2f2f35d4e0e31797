import t from 'tap'
import { addProduct, call } from '../../routes/shop.ts'
import { build } from '../../support/build.ts'

const app = await build(t, { RATE_LIMIT_API: '5' }, { redis: true })
const { redis } = app
const product = await addProduct(app)

let last = 0
/** A client with an address of its own, and what it is answered. */
function client() {
  const address = { 'x-forwarded-for': `10.2.0.${++last}` }
  return (path: string, headers: Record<string, string> = {}) =>
    call(app, `GET /api/v1/${path}`, { headers: { ...headers, ...address } })
}

/** What was not answered from the cache. */
const loads = async () => {
  const text = await app.metrics.registry.getSingleMetricAsString('holdfast_cache_reads_total')
  return text.split('\n').filter((line) => /"(miss|joined|filled)"/.test(line))
}

t.test(
  'a client over the limit learns nothing of the catalog, whatever the answer would be',
  async (t) => {
    const { id, slug } = await addProduct(app)
    await call(app, `PATCH /api/v1/admin/products/${id}`, {
      key: true,
      body: { slug: `${slug}-now` }
    })
    const etag = String((await client()(`products/${product.id}`)).headers.etag)
    const answers: [number, string, Record<string, string>?][] = [
      [200, `products/${product.id}`],
      [304, `products/${product.id}`, { 'if-none-match': etag }],
      [301, `products/${slug}`],
      [404, 'products/nothing'],
      [400, 'products?limit=0'],
      [200, 'products?limit=3'],
      [200, 'categories'],
      [200, `inventory/${product.id}`]
    ]
    for (const [status, path, headers] of answers) {
      const ask = client()
      for (let n = 0; n < 5; n++) t.equal((await ask(path, headers)).status, status, path)
      const refused = await ask(path, headers)
      t.match(refused, { status: 429, body: { code: 'rate_limited', status: 429 } }, path)
      t.match(refused.headers, {
        'content-type': /^application\/problem\+json/,
        'cache-control': 'no-cache',
        'retry-after': /^1[12]$/,
        'content-length': String(Buffer.byteLength(refused.text))
      })
      for (const name of ['etag', 'x-cache', 'location']) t.notOk(name in refused.headers, name)
    }
  }
)

t.test('a client over the limit makes the node read nothing from PostgreSQL', async (t) => {
  const ask = client()
  for (let n = 0; n < 5; n++) await ask('categories')
  const before = await loads()
  for (const path of ['products?q=unheard', 'products?ids=' + product.id, 'products/unheard-of'])
    t.equal((await ask(path)).status, 429)
  t.same(await loads(), before)
})

t.test('a request of the catalog is counted in the same trip as it is answered', async (t) => {
  for (const path of [`products/${product.id}`, 'products?limit=2', 'categories']) {
    const ask = client()
    for (let n = 0; n < 3; n++) await ask(path)
    await redis.config('RESETSTAT')
    t.match(await ask(path), { status: 200, headers: { 'ratelimit-remaining': '1' } })
    const calls = /cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))
    t.equal(calls?.[1], '1', path)
  }
})
