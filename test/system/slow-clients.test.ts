import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { environment, spawnNode } from '../support/build.ts'

// A node in a process of its own, with the numbers of production.
const home = await environment(t)
const node = await spawnNode(t, home, {
  RATE_LIMIT_API: '3',
  HOLDFAST_TRUSTED_PROXIES: '198.51.100.0/24, 2001:db8::/32'
})
const url = new URL(node.url)

/** After how many seconds a node hangs up on a client that sends no more than this, or a byte every 2 s. */
async function patience(text: string, drips: boolean) {
  const socket = connect(Number(url.port), url.hostname)
  socket.on('error', () => {}).resume()
  const began = performance.now()
  socket.write(text)
  const timer = setInterval(() => drips && socket.write('x'), 2000)
  await once(socket, 'close')
  clearInterval(timer)
  return (performance.now() - began) / 1000
}

t.test('a node hangs up on half a header and on half a body within 18 s', async (t) => {
  const head = 'POST /api/v1/cart/items HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n'
  const parts = [`${head}X-A: `, `${head}Content-Length: 60\r\n\r\n{"product`]
  const waits = parts.flatMap((text) => [patience(text, false), patience(text, true)])
  for (const seconds of await Promise.all(waits))
    t.ok(seconds > 9 && seconds < 18, `${seconds.toFixed(1)} s`)
})

/** How many requests the client may still send, as the node answers a request that came through these addresses. */
const left = async (forwarded: string) => {
  const headers = { 'x-forwarded-for': forwarded }
  const answer = await fetch(`${node.url}/api/v1/categories`, { headers })
  return answer.headers.get('ratelimit-remaining')
}

t.test('a node believes the proxies in front that HOLDFAST_TRUSTED_PROXIES names', async (t) => {
  t.equal(await left('203.0.113.1'), '2')
  t.equal(await left('203.0.113.1, 198.51.100.7'), '1', 'through a load balancer')
  t.equal(await left('203.0.113.9, 203.0.113.1, 2001:db8::5, 198.51.100.7'), '0')
  t.equal(await left('203.0.113.1, 203.0.113.2'), '2', 'another address is the client')
  for (const junk of ['', ',', 'x, ,198.51.100.7', '1.2.3.4.5', '[::1', 'a'.repeat(5000)])
    t.not(await left(junk), undefined)
})
