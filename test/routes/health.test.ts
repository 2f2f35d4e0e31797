import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { cutOff } from '../support/cut-off.ts'
import { build, until, environmentOf } from '../support/build.ts'
import { call } from './shop.ts'
import { faultProxy } from '../support/fault-proxy.ts'

const app = await build(t, {}, { replica: true, redis: true })
const ready = (node = app) => call(node, 'GET /health/ready')

t.test('a node is ready when every server answers', async (t) => {
  t.match(await ready(), {
    status: 200,
    body: { status: 'ready', checks: { primary: 'up', replicas: ['up'], redis: 'up' } }
  })
  t.match(await call(app, 'GET /health/live'), { status: 200, body: { status: 'live' } })
})

t.test('a node without Redis is degraded and takes orders', async (t) => {
  const pid = environmentOf(app).redisPid()!
  process.kill(pid, 'SIGSTOP')
  t.teardown(() => process.kill(pid, 'SIGCONT'))
  // An answer holds for a quarter of a second.
  await until('the loss', async () => (await ready()).body.checks.redis === 'down')
  t.match(await ready(), { status: 200, body: { status: 'degraded', checks: { redis: 'down' } } })
  t.equal((await call(app, 'GET /health/live')).status, 200)
  const session = randomUUID()
  t.match(await call(app, 'GET /api/v1/cart', { session }), {
    status: 503,
    body: { code: 'cart_unavailable' }
  })
  process.kill(pid, 'SIGCONT')
  await until('Redis', async () => (await ready()).body.status === 'ready')
})

t.test('a node without a replica is degraded', async (t) => {
  const giveBack = await cutOff(t, app, 'replica')
  await until('the loss', async () => (await ready()).body.status === 'degraded')
  t.match(await ready(), { status: 200, body: { checks: { primary: 'up', replicas: ['down'] } } })
  t.equal((await call(app, 'GET /api/v1/products?q=mug')).status, 200)
  await giveBack()
  await until('the replica', async () => (await ready()).body.status === 'ready')
})

t.test('a node without the primary is not ready, but live', async (t) => {
  const giveBack = await cutOff(t, app, 'primary')
  await until('the loss', async () => (await ready()).status === 503)
  t.match(await ready(), {
    status: 503,
    body: { status: 'unavailable', checks: { primary: 'down' } }
  })
  t.equal((await call(app, 'GET /health/live')).status, 200)
  await giveBack()
  await until('the primary', async () => (await ready()).status === 200)
})

t.test('a primary that does not answer counts as down', async (t) => {
  const way = await faultProxy(t, environmentOf(app).env.PRIMARY_URL!)
  const node = await build(t, { PRIMARY_URL: way.url, REPLICA_URLS: '' }, { like: app })
  t.equal((await ready(node)).status, 200)
  way.block()
  await until('the loss', async () => (await ready(node)).status === 503)
  t.match(await ready(node), { status: 503, body: { status: 'unavailable' } })
  way.unblock()
  await until('the primary', async () => (await ready(node)).status === 200)
})

t.test('a node that drains is not ready', async (t) => {
  const node = await build(t, {}, { like: app })
  const { port } = new URL(await node.listen({ host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(port), '127.0.0.1')
  let answer = ''
  socket.on('data', (data) => (answer += data.toString()))
  const live = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n'
  socket.write(`${live}GET /health/ready HTTP/1.1\r\nHost: x\r\n`)
  await until('the second request to have begun', () => answer.includes('"live"'))
  const closed = node.close()
  await until('the drain', () => !node.server.listening)
  socket.write('\r\n')
  await Promise.all([closed, once(socket, 'close')])
  t.match(answer, 'HTTP/1.1 503 ')
  t.match(answer, '"status":"draining"')
})
