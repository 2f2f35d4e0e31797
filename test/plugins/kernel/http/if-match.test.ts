import t from 'tap'
import { addProduct, call } from '../../../routes/shop.ts'
import { build } from '../../../support/build.ts'

const app = await build(t)

for (const kind of ['product', 'stock'])
  t.test(`If-Match takes a list of versions of a ${kind}`, async (t) => {
    const { id } = await addProduct(app)
    let turn = 0
    const write = (tags: string) =>
      kind === 'product'
        ? call(app, `PATCH /api/v1/admin/products/${id}`, {
            key: true,
            headers: { 'if-match': tags },
            body: { name: `Name ${turn++}` }
          })
        : call(app, `PUT /api/v1/admin/inventory/${id}`, {
            key: true,
            headers: { 'if-match': tags },
            body: { quantity: 20 + turn++, reason: 'counted' }
          })
    let { etag } = (await write('*')).headers as { etag: string }

    for (const tags of ['"1", "x"', '"99"', 'W/"99"', '""', '"x"', `"0${etag.slice(1)}`])
      t.match(await write(tags), { status: 412, body: { code: 'version_mismatch' } }, tags)
    for (const tags of ['', '5', '"5', 'x, "5"', '*, "5"', '"5" "6"', ',', '"5",,x', 'w5'])
      t.match(
        await write(tags),
        { status: 400, body: { errors: [{ parameter: 'header.if-match' }] } },
        tags
      )
    const fitting = [
      () => etag,
      () => `W/${etag}`,
      () => `"0", ${etag}`,
      () => `${etag}, "99", "1"`,
      () => `W/"77" ,W/${etag}`,
      () => `${etag},`,
      () => `, ,${etag}`,
      () => `"99",,${etag} , ,"1"`,
      () => `${'"99", '.repeat(2000)}${etag}`,
      () => ' * '
    ]
    for (const tags of fitting) {
      const answer = await write(tags())
      t.equal(answer.status, 200, tags())
      t.not(answer.headers.etag, etag)
      etag = String(answer.headers.etag)
    }
  })
