import t from 'tap'
import { addProduct, call } from '../../routes/shop.ts'
import { build, until } from '../../support/build.ts'

t.test('the plugin template counts the products, and shows the count as a metric', async (t) => {
  const app = await build(t)
  await addProduct(app)
  await until('the product to be counted', () => app.templateCount() === 1)
  const { text } = await call(app, 'GET /metrics')
  t.match(text, /^holdfast_template_products 1$/m)
})
