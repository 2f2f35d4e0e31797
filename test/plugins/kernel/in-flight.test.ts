import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { buyer, stock } from '../../support/buyer.ts'
import { build, until, environmentOf } from '../../support/build.ts'

// As many writes as leave no room for another, if their places are not given back.
const app = await build(t, { MAX_WRITES_IN_FLIGHT: '3' })
const [tea] = await stock(app, 10)
await app.listen({ host: '127.0.0.1', port: 0 })
const { port } = app.server.address() as AddressInfo

async function gauge(name: string) {
  const { values } = await app.metrics.registry.getSingleMetric(`holdfast_http_${name}`)!.get()
  return values[0]!.value
}

const inFlight = () => gauge('requests_in_flight')

/** How often it told somebody the categories. */
async function answered() {
  const text = await app.metrics.registry.getSingleMetricAsString(
    'holdfast_http_request_duration_seconds'
  )
  return Number(/_count{.*categories",status="200"} (\d+)/.exec(text)?.[1])
}

/** A client that says this and waits for no answer. */
async function say(t: Test, text: string) {
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(text)
  return socket
}

const get = (path: string) => `GET /api/v1/${path} HTTP/1.1\r\nhost: holdfast\r\n\r\n`

t.test('a client that goes before its answer is not counted for ever', async (t) => {
  const client = await environmentOf(app).sql.connect()
  t.teardown(() => client.release())
  const cases = {
    'in the middle of its body': [
      'POST /api/v1/cart/items HTTP/1.1\r\nhost: holdfast\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{'
    ],
    'while it waits': [get('orders')],
    'with more that it has asked for at once': [get('orders'), get('orders'), get('categories')]
  }
  for (const [when, requests] of Object.entries(cases))
    await t.test(when, async (t) => {
      await client.query('begin; lock table orders in access exclusive mode')
      const clients = await Promise.all([0, 1, 2].map(() => say(t, requests.join(''))))
      await until('the requests', async () => (await inFlight()) === 3 * requests.length)
      for (const socket of clients) socket.destroy()
      await until('the node to notice', async () => (await gauge('connections')) === 0)
      await client.query('rollback')
      t.ok(await until('nobody', async () => (await inFlight()) === 0, 5000))
      t.equal((await buyer(app).add(tea!)).status, 200, 'its place is free')
    })
})

t.test('nor is one that hears all of it', async (t) => {
  const before = await answered()
  const socket = await say(t, get('categories') + get('nothing') + get('categories'))
  await until('the answers', async () => (await answered()) === before + 2)
  t.equal(await inFlight(), 0)
  socket.destroy()
})
