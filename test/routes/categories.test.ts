import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build } from '../support/build.ts'
import { addCategory, call } from './shop.ts'

const app = await build(t)
const mugs = await addCategory(app, 'mugs')
const tiny = await addCategory(app, 'tiny-mugs', mugs)
const get = (path: string, headers = {}) => call(app, `GET /api/v1/${path}`, { headers })

const Mugs = { id: mugs, slug: 'mugs', name: 'MUGS', description: 'All mugs', parent_id: null }

t.test('GET /categories lists all categories, roots first', async (t) => {
  const { status, body, headers } = await get('categories')
  t.equal(status, 200)
  t.same(body.categories[0], Mugs)
  t.match(body.categories[1], { id: tiny, parent_id: mugs })
  t.equal(headers['x-cache'], 'miss')
  const again = await get('categories', { 'if-none-match': headers.etag })
  t.same([again.status, again.headers['x-cache']], [304, 'hit'])
})

t.test(
  'GET /categories/:id shows a category by its id, in any case, and by its slug',
  async (t) => {
    for (const name of [mugs, mugs.toUpperCase(), 'mugs']) {
      const { body, headers } = await get(`categories/${name}`)
      t.same(body, Mugs)
      t.equal((await get(`categories/${name}`, { 'if-none-match': headers.etag })).status, 304)
    }
  }
)

t.test('GET /categories/:id answers 404 to any other id or slug', async (t) => {
  for (const name of [randomUUID(), 'cups', '%F0%9F%98%80']) {
    const { status, body } = await get(`categories/${name}`)
    t.match({ status, code: body.code }, { status: 404, code: 'category_not_found' })
  }
})
