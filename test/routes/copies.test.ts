import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { listingKey, productKey } from '../../plugins/storage/cache/keys.ts'
import { build, environmentOf, until } from '../support/build.ts'
import { addProduct, buy, call, usd } from './shop.ts'

// Two nodes of one shop, each of which keeps copies of what it has read.
const app = await build(t, {}, { redis: true })
const other = await build(t, {}, { like: app })
const nodes = [app, other]
const { redis } = app
const admin = { key: true } as const

/** What both nodes answer, after each has a copy. */
async function warm(path: string) {
  for (let n = 0; n < 3; n++) for (const node of nodes) await look(node, path)
  return both(path)
}

const both = (path: string) => Promise.all(nodes.map((node) => look(node, path)))
const look = (node: FastifyInstance, path: string) => call(node, `GET /api/v1/products${path}`)
const change = (id: string, body: object) =>
  call(app, `PATCH /api/v1/admin/products/${id}`, { ...admin, body })

t.test('both nodes show a change of price, of slug and of stock in the next answer', async (t) => {
  const { id, slug } = await addProduct(app, { name: 'Tulip bulbs', quantity: 3 })
  const paths = [`/${id}`, `/${slug}`, '?q=tulip']
  for (const path of paths)
    for (const { headers } of await warm(path)) t.equal(headers['x-cache'], 'hit')

  for (const amount of [450, 451]) {
    await change(id, { price: usd(amount) })
    for (const path of paths) {
      const bodies = (await both(path)).map(({ body }) => body.products?.[0] ?? body)
      t.same(
        bodies.map(({ price }) => price.amount),
        [amount, amount],
        path
      )
    }
  }
  for (const [quantity, is_bought] of [
    [2, true],
    [0, false],
    [5, false]
  ] as const) {
    if (is_bought) await buy(app, id)
    const body = { quantity, reason: 'count' }
    if (!is_bought) await call(other, `PUT /api/v1/admin/inventory/${id}`, { ...admin, body })
    for (const path of paths) {
      const bodies = (await both(path)).map(({ body: shown }) => shown.products?.[0] ?? shown)
      t.same(
        bodies.map((shown) => [shown.quantity, shown.in_stock]),
        Array.from({ length: 2 }, () => [quantity, quantity > 0]),
        path
      )
    }
  }
  await warm(`/${slug}`)
  await change(id, { slug: `new-${slug}` })
  t.same(
    (await both(`/${slug}`)).map(({ status }) => status),
    [301, 301]
  )
  t.same(
    (await both(`/new-${slug}`)).map(({ body }) => body.id),
    [id, id]
  )
  const taker = await addProduct(app, { slug: `other-${slug}` })
  await warm(`/other-${slug}`)
  await change(taker.id, { slug: `moved-${slug}` })
  await change(id, { slug: `other-${slug}` })
  t.same(
    (await both(`/other-${slug}`)).map(({ body }) => body.id),
    [id, id],
    'it took the slug over'
  )
})

t.test('a product that leaves the catalog is not shown by a node that has a copy', async (t) => {
  const { id, slug } = await addProduct(app)
  for (const path of [`/${id}`, `/${slug}`]) await warm(path)
  await environmentOf(app).sql.query(`update products set status = 'archived' where id = $1`, [id])
  await other.cache.invalidate(productKey(id), productKey(slug))
  for (const path of [`/${id}`, `/${slug}`])
    t.same(
      (await both(path)).map(({ status }) => status),
      [404, 404]
    )
})

t.test('the ETag is the same on both nodes, and another one after each change', async (t) => {
  const { id } = await addProduct(app, { name: 'Crocus bulbs' })
  for (const path of [`/${id}`, '?q=crocus']) {
    const tags = new Set<unknown>()
    const note = async () => {
      const [one, two] = await warm(path)
      t.equal(one!.headers.etag, two!.headers.etag)
      t.equal(one!.text, two!.text)
      const known = { headers: { 'if-none-match': String(one!.headers.etag) } }
      t.equal((await call(other, `GET /api/v1/products${path}`, known)).status, 304)
      tags.add(one!.headers.etag)
    }
    await note()
    await buy(app, id)
    await note()
    await change(id, { price: usd(77) })
    await note()
    await change(id, { price: usd(1000) })
    await note()
    t.equal(tags.size, 4)
  }
})

t.test('a hit asks Redis once for a product, and once for a listing', async (t) => {
  const { id, slug } = await addProduct(app)
  for (const path of [`/${id}`, `/${slug}`, '?limit=7']) {
    await warm(path)
    await redis.config('RESETSTAT')
    for (let n = 0; n < 10; n++) t.equal((await look(app, path)).headers['x-cache'], 'hit')
    t.same(await callsOf(), { scripts: 10 }, path)
    await redis.config('RESETSTAT')
    await Promise.all(Array.from({ length: 30 }, () => look(app, path)))
    t.same(await callsOf(), { scripts: 1 }, `${path}: those of one turn share it`)
  }
})

/** The calls of a client since the last reset. What a script calls is counted by Redis too, so only scripts are told apart. */
async function callsOf() {
  const stats = await redis.info('commandstats')
  const count = (name: string) =>
    Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0)
  return { scripts: count('eval') + count('evalsha') }
}

t.test('a node keeps no copy when its fill was refused', async (t) => {
  const key = `thing:${randomUUID()}`
  const { text } = await app.cache.read(key, 60_000, async () => {
    await redis.del(`lease:${key}`)
    return 'old'
  })
  t.same([text?.json, text?.tag, app.cache.copyOf(key)], ['old', undefined, undefined])
})

t.test('a node uses no copy once the epoch has changed', async (t) => {
  const { id } = await addProduct(app, { price: 500 })
  await warm(`/${id}`)
  const { sql } = environmentOf(app)
  const before = app.epoch()
  await sql.query('update products set price = 501 where id = $1', [id])
  t.match(await both(`/${id}`), [{ body: { price: usd(500) } }, { body: { price: usd(500) } }])
  await sql.query('update cluster set epoch = gen_random_uuid()')
  await until('the nodes to know', () => nodes.every((node) => node.epoch() !== before))
  t.match(await both(`/${id}`), [{ body: { price: usd(501) } }, { body: { price: usd(501) } }])
})

t.test('a node uses no copy after Redis came back with an older dump', async (t) => {
  const { id } = await addProduct(app, { name: 'Iris bulbs', price: 500 })
  for (const path of [`/${id}`, '?q=iris']) await warm(path)
  const copy = app.cache.copyOf(productKey(id))!
  const generation = (await redis.get('products:generation'))!
  const older = [productKey(id), listingKey(generation, 'page:1:limit=20&q=iris&sort=relevance')]
  const values = await Promise.all(older.map((key) => redis.get(key)))
  t.match(values[0], copy.tag)
  t.ok(values[1], 'the key of the listing')
  await change(id, { price: usd(600) })
  process.kill(environmentOf(app).redisPid()!, 'SIGKILL')
  await until('Redis to be away', () => nodes.every((node) => node.redis.status !== 'ready'))
  for (const { body, headers } of await both(`/${id}`))
    t.match([body.price.amount, headers['x-cache']], [600, 'miss'], 'without Redis it says nothing')
  await until('Redis to be back', () => nodes.every((node) => node.redis.status === 'ready'))
  await until('its memory', () => redis.ping().catch(() => false))
  // As they stood in a dump of before the change.
  await redis.set('products:generation', generation)
  await Promise.all(older.map((key, at) => redis.set(key, values[at]!)))
  for (const { body } of await both(`/${id}`)) t.equal(body.price.amount, 600)
  for (const { body } of await both('?q=iris')) t.equal(body.products[0].price.amount, 600)
})
