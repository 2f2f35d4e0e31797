import helmet from '@fastify/helmet'
import Fastify from 'fastify'
import t from 'tap'
import { build } from '../../support/build.ts'

t.test('every answer has the headers that helmet gives', async (t) => {
  const server = Fastify()
  t.teardown(() => server.close())
  await server.register(helmet, { contentSecurityPolicy: false })
  server.get('/', async () => '')
  const app = await build(t)
  const { headers: wanted } = await server.inject('/')
  const names = Object.keys(wanted).filter((name) =>
    /^(x-|cross-|origin-|referrer-|strict-)/.test(name)
  )
  t.ok(names.length >= 11, names.join())
  for (const url of ['/health/live', '/api/v1/products', '/api/v1/nothing', '/%zz']) {
    const { headers } = await app.inject({ url })
    for (const name of names) t.equal(headers[name], wanted[name], `${name} of ${url}`)
  }
})
