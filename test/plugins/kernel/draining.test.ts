import Fastify, { type FastifyInstance } from 'fastify'
import t from 'tap'
import holdfast, { options } from '../../../app.ts'
import { spawnNode, until, environment } from '../../support/build.ts'

t.test(
  'readiness says 503 as soon as a node begins to close, and the node still answers',
  async (t) => {
    const { env } = await environment(t)
    const app: FastifyInstance = Fastify({ ...options, logger: false })
    await app.register(holdfast, { env })
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
  }
)

t.test(
  'a node serves for DRAIN_SECONDS after SIGTERM, and believes only TRUSTED_PROXIES',
  async (t) => {
    const home = await environment(t)
    const env = { DRAIN_SECONDS: '1', TRUSTED_PROXIES: '10.0.0.0/8', RATE_LIMIT_API: '5' }
    const { url, child, kill } = await spawnNode(t, home, env)
    const look = (from: string) =>
      fetch(`${url}/api/v1/categories`, { headers: { 'x-forwarded-for': from } })
    const left = async (from: string) => (await look(from)).headers.get('ratelimit-remaining')
    t.same(
      [await left('10.1.1.1'), await left('10.1.1.2')],
      ['4', '3'],
      'this test is no trusted proxy'
    )

    const exited = kill('SIGTERM')
    const ready = async () => (await fetch(`${url}/health/ready`)).status
    await until('the drain', async () => (await ready()) === 503)
    t.equal((await look('10.1.1.3')).status, 200)
    await exited
    t.equal(child.exitCode, 0)
  }
)
