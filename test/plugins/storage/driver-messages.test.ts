import { createServer, type Server } from 'node:net'
import { once } from 'node:events'
import { Client, Pool } from 'pg'
import t, { type Test } from 'tap'
import { isOutage } from '../../../plugins/kernel/errors/outage.ts'
import { until } from '../../support/build.ts'
import { environment } from '../../support/environment.ts'

// node-postgres has no codes for some failures, so plugins/kernel/errors/outage.ts decides on its messages, and
// plugins/storage/pool.ts on `Query read timeout`. Each is provoked here: an upgrade that changes a message fails.

const { primaryUrl } = await environment(t)

t.test(
  'a pool without a free connection fails with "timeout exceeded when trying to connect"',
  async (t) => {
    const pool = poolOf(t, { max: 1, connectionTimeoutMillis: 500 })
    const client = await pool.connect()
    t.teardown(() => client.release())
    await outage(t, pool.connect(), 'timeout exceeded when trying to connect')
  }
)

t.test(
  'a server that accepts a connection and is silent fails with "Connection terminated"',
  async (t) => {
    const pool = new Pool({ connectionString: await silentServer(t), connectionTimeoutMillis: 50 })
    t.teardown(() => pool.end())
    await outage(t, pool.connect(), 'Connection terminated due to connection timeout')
  }
)

t.test('a query whose connection the server ends is an outage', async (t) => {
  const client = await clientOf(t)
  const { processID } = client as unknown as { processID: number }
  const failed = failure(client.query('select pg_sleep(5)'))
  const other = await clientOf(t)
  await other.query('select pg_terminate_backend($1)', [processID])
  const err = await failed
  t.ok(isOutage(err), err.message)
})

t.test('a query whose connection breaks fails with "Connection terminated"', async (t) => {
  const client = await clientOf(t)
  const query = client.query('select pg_sleep(5)')
  ;(
    client as unknown as { connection: { stream: { destroy(): void } } }
  ).connection.stream.destroy()
  await outage(t, query, 'Connection terminated unexpectedly')
})

t.test(
  'a query after the break fails with "Client has encountered a connection error"',
  async (t) => {
    const client = await clientOf(t)
    const { connection } = client as unknown as {
      connection: { stream: { destroy(err: Error): void } }
    }
    const broken = once(client, 'error').catch(() => {})
    connection.stream.destroy(new Error('broken'))
    await broken
    await until('the break', () => !(client as unknown as { _queryable: boolean })._queryable)
    await outage(
      t,
      client.query('select 1'),
      'Client has encountered a connection error and is not queryable'
    )
  }
)

t.test('a statement that outlasts query_timeout fails with "Query read timeout"', async (t) => {
  const pool = poolOf(t, { max: 1, query_timeout: 50 })
  await outage(t, pool.query('select pg_sleep(0.5)'), 'Query read timeout', true)
})

/** Expects a failure with this text, or exactly this message, which counts as an outage. */
async function outage(t: Test, work: Promise<unknown>, text: string, exact = false) {
  const err = await failure(work)
  if (exact) t.equal(err.message, text)
  else t.match(err.message, text)
  t.ok(isOutage(err))
}

const failure = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => new Error('it has not failed'),
    (err: unknown) => err as Error
  )

function poolOf(t: Test, options: object) {
  const pool = new Pool({ connectionString: primaryUrl, ...options })
  pool.on('error', () => {})
  t.teardown(() => pool.end())
  return pool
}

async function clientOf(t: Test) {
  const client = new Client(primaryUrl)
  client.on('error', () => {})
  t.teardown(() => client.end().catch(() => {}))
  await client.connect()
  return client
}

async function silentServer(t: Test): Promise<string> {
  const server: Server = createServer((socket) => socket.on('error', () => {}))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  return `postgres://app@127.0.0.1:${port}/shop`
}
