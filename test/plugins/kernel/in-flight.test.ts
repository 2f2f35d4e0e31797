import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { buyer, stock } from '../../support/buyer.ts'
import { build, until, environmentOf } from '../../support/build.ts'

// The node works on so few writes at a time that one uncounted disconnect leaves no room.
const app = await build(t, { MAX_WRITES_IN_FLIGHT: '3' })
const [tea] = await stock(app, 10)
await app.listen({ host: '127.0.0.1', port: 0 })
const { port } = app.server.address() as AddressInfo

async function gauge(name: string) {
  const { values } = await app.metrics.registry.getSingleMetric(`holdfast_http_${name}`)!.get()
  return values[0]!.value
}

const inFlight = () => gauge('requests_in_flight')

/** How many answers with the categories the node has counted. */
async function answered() {
  const text = await app.metrics.registry.getSingleMetricAsString(
    'holdfast_http_request_duration_seconds'
  )
  return Number(/_count{.*categories",status="200"} (\d+)/.exec(text)?.[1])
}

/** A client that sends this and waits for no answer. */
async function say(t: Test, text: string) {
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(text)
  return socket
}

const session = randomUUID()
/** Orders are read from the database only when the client names a session. */
const get = (path: string) =>
  `GET /api/v1/${path} HTTP/1.1\r\nhost: holdfast\r\nx-session-id: ${session}\r\n\r\n`

t.test('a request whose client disconnected is no longer in flight', async (t) => {
  const client = await environmentOf(app).sql.connect()
  t.teardown(() => client.release())
  const cases = {
    'within the body of its request': [
      'POST /api/v1/cart/items HTTP/1.1\r\nhost: holdfast\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{'
    ],
    'while it waits for the answer': [get('orders')],
    'while it waits for several answers': [get('orders'), get('orders'), get('categories')]
  }
  for (const [when, requests] of Object.entries(cases))
    await t.test(`a client disconnects ${when}`, async (t) => {
      await client.query('begin; lock table orders in access exclusive mode')
      const clients = await Promise.all([0, 1, 2].map(() => say(t, requests.join(''))))
      await until('the requests', async () => (await inFlight()) === 3 * requests.length)
      for (const socket of clients) socket.destroy()
      await until('the node to notice', async () => (await gauge('connections')) === 0)
      await client.query('rollback')
      t.ok(await until('an idle node', async () => (await inFlight()) === 0, 5000))
      t.equal((await buyer(app).add(tea!)).status, 200, 'its place is free')
    })
})

t.test('a request whose client got the whole answer is no longer in flight', async (t) => {
  const before = await answered()
  const socket = await say(t, get('categories') + get('nothing') + get('categories'))
  await until('the answers', async () => (await answered()) === before + 2)
  t.equal(await inFlight(), 0)
  socket.destroy()
})
