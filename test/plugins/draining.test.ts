import Fastify, { type FastifyInstance } from 'fastify'
import t from 'tap'
import kernel, { options } from '../../app.ts'
import { world } from '../helper.ts'

t.test('says that it drains as soon as it is told to stop, and still answers', async (t) => {
  const { env } = await world(t)
  const app: FastifyInstance = Fastify({ ...options, logger: false })
  await app.register(kernel, { env })
  const { promise: goOn, resolve: end } = Promise.withResolvers<void>()
  app.addHook('preClose', () => goOn)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const ready = () => fetch(`${url}/health/ready`)
  t.equal((await ready()).status, 200)

  const closed = app.close()
  const answer = await ready()
  t.match([answer.status, await answer.json()], [503, { status: 'draining' }])
  end()
  await closed
})
