import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { find, postgresBin } from '../stack/supervisor/binaries.ts'
import { answers } from '../stack/supervisor/answers.ts'
import { choosePort } from '../stack/supervisor/ports.ts'
import { root } from '../stack/supervisor/root.ts'
import type { Stack } from '../stack/supervisor/stack.ts'
import { startDatabases, subscriptionOf, type Databases } from '../stack/databases.ts'
import { managedEnvironment } from '../stack/managed-environment.ts'
import { adminKey, nodeEnvironment, startNodes, type NodeServer } from '../stack/nodes/start.ts'
import { connected, toolEnvironment } from '../stack/postgres/cluster.ts'
import { unsubscribe } from '../stack/postgres/replication.ts'
import { supervise } from '../stack/supervise.ts'
import { until } from '../stack/supervisor/until.ts'
import { fillShop } from './fill-shop.ts'
import type { Bodies } from './limits/bodies.ts'
import { readBodies } from './limits/read-bodies.ts'
import { createLimit } from './limits/pgbench.ts'
import type { Options } from './options.ts'
import type { Watched } from './processor-time.ts'

/** The system that is measured, and the limits beside it. */
export type Bench = {
  /** The node, asked directly: the proxy would be measured too. */
  node: NodeServer
  /** The server of limits: bare Fastify. */
  limit_url: string
  databases: Databases
  admin_key: string
  currency: string
  /** The folder of PostgreSQL's programs. */
  bin: string
  /** Files of this run, and the logs. */
  folder: string
  /** The data folder of the system. */
  data: string
  watched: Watched
}

const silent = () => {}

/**
 * Starts a system in a folder of its own: databases, one node, and the server of limits. Runs `work` on it and ends the
 * process with the exit code that `work` returns. The folder is removed when the code is 0.
 */
export async function onBench(
  options: Options,
  work: (bench: Bench) => Promise<number>
): Promise<void> {
  if (!find('wrk')) throw new Error('wrk was not found: it is in the packages of most systems')
  const data = mkdtempSync(path.join(tmpdir(), 'holdfast-bench-'))
  process.on('exit', (code) => {
    if (code === 0) rmSync(data, { recursive: true, force: true })
    else console.error(`data and logs are kept in ${data}`)
  })
  Object.assign(process.env, await managedEnvironment(data, 1), limitsOff, {
    HOLDFAST_PRODUCTS: `${options.products}`
  })

  await supervise(async ({ stack, settings, secrets, say }) => {
    const databases = await startDatabases(stack, settings, secrets, silent)
    say(`filling the shop: ${options.products} products, ${options.orders} orders`)
    const { sold_out } = await fillShop(
      databases.primary.admin_url,
      data,
      options,
      settings.currency
    )
    await createLimit(databases.primary.admin_url, options.products)
    if (options.replicas === 'elsewhere') await moveReplicas(stack, databases)
    const replicas = options.replicas === 'elsewhere' ? [] : databases.replicas
    const env = nodeEnvironment(settings, secrets, { ...databases, replicas })
    const [node] = await startNodes(stack, settings.nodes, () => env)
    const folder = stack.run
    const limit = await startLimit(stack, folder, await readBodies(node!.url, sold_out), databases)
    say('the system is ready')
    return work({
      node: node!,
      limit_url: limit.url,
      databases,
      admin_key: adminKey(secrets),
      currency: settings.currency,
      bin: postgresBin(),
      folder,
      data,
      watched: {
        processes: () => [
          { group: 'node', pid: node!.pid },
          { group: 'limit', pid: limit.server.pid ?? null },
          { group: 'redis', pid: databases.redis.pid }
        ],
        primary: () => databases.primary.pid,
        replicas: () => databases.replicas.map(({ pid }) => pid)
      }
    })
  }, silent)
}

/** What is measured is the work: no request may be refused for being one of many. */
const limitsOff = {
  RATE_LIMIT_API: '0',
  RATE_LIMIT_CHECKOUT: '0',
  RATE_LIMIT_ADMIN: '0',
  PENDING_ORDERS_PER_IP: '0',
  UNPAID_ORDERS: '0',
  MAX_WRITES_IN_FLIGHT: '1000',
  RECONCILE_INTERVAL_MS: '3600000'
}

/** How pg_recvlogical takes the log in the form that subscriptions ask for. */
const taking = [
  '--create-slot',
  '--if-not-exists',
  '--start',
  '--plugin=pgoutput',
  '--option=proto_version=1',
  '--option=publication_names=holdfast'
]

/**
 * Puts programs in the place of the replicas that take the log as a replica elsewhere does: the primary still decodes and
 * sends it, and nothing here applies it.
 */
async function moveReplicas(stack: Stack, { primary, replicas }: Databases): Promise<void> {
  const program = path.join(postgresBin(), 'pg_recvlogical')
  for (const [at, replica] of replicas.entries()) {
    await unsubscribe(replica.admin_url, subscriptionOf(at))
    const slot = `elsewhere${at + 1}`
    // The only tool that does not take the database from its environment.
    const database = new URL(primary.admin_url).pathname.slice(1)
    stack.keep('node', slot, {
      words: [program, '--dbname', database, '--slot', slot, ...taking, '-f', '/dev/null'],
      stop: 'SIGINT',
      env: toolEnvironment(primary.admin_url)
    })
  }
  const taken = `select from pg_replication_slots where slot_name like 'elsewhere%' and active`
  await connected(primary.admin_url, (client) =>
    until(
      'the log to be taken',
      async () => (await client.query(taken)).rowCount === replicas.length,
      20_000
    )
  )
}

async function startLimit(stack: Stack, folder: string, bodies: Bodies, { redis }: Databases) {
  const file = path.join(folder, 'bodies.json')
  writeFileSync(file, JSON.stringify(bodies))
  const port = await choosePort()
  const url = `http://127.0.0.1:${port}`
  const server = stack.keep('node', 'limit', {
    words: [process.execPath, path.join(root, 'scripts/daemons/limit.ts'), file],
    stop: 'SIGTERM',
    env: { ...process.env, PORT: `${port}`, REDIS_URL: redis.url },
    cwd: root
  })
  await server.ready(() => answers(`${url}/health/ready`))
  return { url, server }
}
