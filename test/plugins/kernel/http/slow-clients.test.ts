import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import t from 'tap'
import { options } from '../../../../app.ts'
import config from '../../../../plugins/kernel/config.ts'
import errors from '../../../../plugins/kernel/errors/index.ts'
import { parsed } from '../../../support/talk.ts'

// The options of a node, 20 times as fast.
const quick = {
  headersTimeout: options.http.headersTimeout / 20,
  requestTimeout: options.requestTimeout / 20,
  connectionsCheckingInterval: options.http.connectionsCheckingInterval / 20
}
const { requestTimeout } = quick
const app = Fastify({
  ...options,
  requestTimeout,
  http: { ...options.http, ...quick },
  logger: false
})
t.teardown(() => app.close())
await app.register(config, {
  env: { PRIMARY_URL: 'postgres://127.0.0.1/none', REDIS_URL: 'redis://127.0.0.1' }
})
await app.register(errors)
app.post('/slow', async () => {
  await sleep(3 * requestTimeout)
  return {}
})
await app.listen({ host: '127.0.0.1', port: 0 })
const { port } = app.server.address() as AddressInfo

/** What a node answers to a part of a request, and when it closes the connection; `drips` sends a byte now and then. */
async function begin(text: string, { drips = false, isHalfOpen = false } = {}) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: isHalfOpen })
  socket.on('error', () => {})
  let answer = ''
  socket.on('data', (data) => (answer += data.toString()))
  socket.write(text)
  const began = performance.now()
  const timer = drips ? setInterval(() => socket.write('x'), quick.headersTimeout / 4) : undefined
  await once(socket, isHalfOpen ? 'end' : 'close')
  clearInterval(timer)
  socket.destroy()
  return { ms: performance.now() - began, ...parsed(answer) }
}

const head = 'POST /slow HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n'
const body = `${head}Content-Length: 60\r\n\r\n{"product`

t.test('a node hangs up on a client that sends a part of a request', async (t) => {
  const most = (limit: number) => limit + quick.connectionsCheckingInterval + 400
  const cases = [
    [begin(`${head}X-A: `), quick.headersTimeout],
    [begin(`${head}X-A: `, { drips: true }), quick.headersTimeout],
    [begin(body), requestTimeout],
    [begin(body, { drips: true }), requestTimeout],
    [begin(body, { isHalfOpen: true }), requestTimeout]
  ] as const
  for (const [answer, limit] of cases) {
    const { ms, status, body: text } = await answer
    t.ok(ms > limit / 2 && ms < most(limit), `${Math.round(ms)} ms`)
    t.equal(status, 408)
    t.match(JSON.parse(text), { status: 408, code: 'validation_failed' })
  }
})

t.test('a node takes its time to answer a whole request', async (t) => {
  const answer = await fetch(`http://127.0.0.1:${port}/slow`, { method: 'POST' })
  t.equal(answer.status, 200)
})
