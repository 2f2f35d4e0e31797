import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { stock } from '../support/buyer.ts'
import { build, spawnNode, until, environmentOf } from '../support/build.ts'
import { assertConsistent } from '../support/assert-consistent.ts'
import { steadily, visit, type Visit } from './visitor.ts'

// Five times as many checkouts as a node can do, for some seconds: ten at a time that take 200 ms each are 50 a second.
const app = await build(t)
const [tea] = await stock(app, 100_000)
const { url, child } = await spawnNode(t, environmentOf(app), {
  MAX_WRITES_IN_FLIGHT: '10',
  PROVIDER_LATENCY_MS: '200'
})
const buy = () =>
  visit(`${url}/api/v1/checkout`, {
    method: 'POST',
    headers: { 'idempotency-key': randomUUID() },
    body: { email: 'ada@example.com', items: [{ product_id: tea!, quantity: 1 }] }
  })

t.test(
  'a node under five times its load refuses the rest fast, and recovers when the load ends',
  async (t) => {
    t.equal((await buy()).status, 201)
    const crowd = steadily(250, buy)
    const readers = steadily(5, () => visit(`${url}/api/v1/categories`))
    const checks = steadily(5, () => visit(`${url}/health/ready`))
    await sleep(process.env.TEST_LONG ? 20_000 : 3_000)
    const answers = await crowd.end()
    const ended = performance.now()
    const [checked, read] = [await checks.end(), await readers.end()]
    for (const { status, body } of [...checked, ...read]) t.equal(status, 200, JSON.stringify(body))

    const sold = answers.filter(({ status }) => status === 201)
    const refused = answers.filter(({ status }) => status === 503)
    const others = answers.filter(({ status }) => status !== 201 && status !== 503)
    t.same(
      others.map(({ status, body }) => [status, body]),
      [],
      'nothing else'
    )
    t.ok(
      refused.length > answers.length / 2,
      `${refused.length} of ${answers.length} were too many`
    )
    t.ok(sold.length >= 20, `${sold.length} bought`)
    for (const { headers, body } of refused.slice(0, 20))
      t.match([headers['retry-after'], body.code], ['1', 'overloaded'])
    // On a machine that is busy with other things everything takes longer, also what no crowd keeps from the node.
    const busy = Math.max(1, slowest(checked) / 100)
    t.ok(slowest(refused) < 500 * busy, `refused in ${slowest(refused)} ms`)
    t.ok(slowest(sold) < 1500 * busy, `sold in ${slowest(sold)} ms`)

    const after = await Promise.all([buy(), buy(), buy()])
    t.same(
      after.map(({ status }) => status),
      [201, 201, 201]
    )
    t.ok(performance.now() - ended < 5000, 'recovered')
    await assertConsistent(t, app)
  }
)

t.test('a node answers 1,000 connections that were opened while it was stopped', async (t) => {
  child.kill('SIGSTOP')
  t.teardown(() => child.kill('SIGCONT'))
  const { port } = new URL(url)
  let there = 0
  const crowd = Array.from({ length: 1000 }, () => {
    const socket = connect(Number(port), '127.0.0.1', () => there++)
    socket
      .setEncoding('utf8')
      .write('GET /health/live HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n')
    t.teardown(() => socket.destroy())
    return new Promise<string>((resolve) => {
      socket.once('data', (text: string) => resolve(text.slice(0, 12)))
      socket.once('error', (err) => resolve(err.message))
    })
  })
  await until('all of them', () => there === crowd.length)
  child.kill('SIGCONT')
  const answers = await Promise.all(crowd)
  t.same([...new Set(answers)], ['HTTP/1.1 200'])
})

/** 19 of 20 were faster. */
function slowest(visits: Visit[]) {
  const times = visits.map(({ ms }) => ms).toSorted((a, b) => a - b)
  return Math.round(times[Math.floor(times.length * 0.95)] ?? 0)
}
