import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { nginx } from '../stack/supervisor/binaries.ts'
import { fillCatalog } from '../seed/fill-catalog.ts'
import { startDatabases } from '../stack/databases.ts'
import { startProxy, statusPort } from '../stack/proxy/start.ts'
import { adminKey, nodeEnvironment, startNodes } from '../stack/nodes/start.ts'
import { managedEnvironment } from '../stack/managed-environment.ts'
import { openFaultProxy } from '../stack/test-servers/fault-proxy.ts'
import type { Running } from '../stack/running.ts'
import { supervise } from '../stack/supervise.ts'
import type { Target } from './target.ts'

const standard = 3
const silent = () => {}

/**
 * Starts a system in a folder of its own, whose nodes reach the primary and Redis through fault proxies. Runs `work` on it
 * and ends the process with the exit code that `work` returns. The folder is removed when the code is 0.
 */
export async function onManagedStack(work: (target: Target) => Promise<number>): Promise<void> {
  const data = mkdtempSync(path.join(tmpdir(), 'holdfast-proof-'))
  process.on('exit', (code) => {
    if (code === 0) rmSync(data, { recursive: true, force: true })
    else console.error(`data and logs are kept in ${data}`)
  })
  Object.assign(process.env, await proofEnvironment(data))

  // npm run prove has read its own options.
  await supervise(async ({ stack, settings, secrets, say }) => {
    const databases = await startDatabases(stack, settings, secrets, silent)
    await fillCatalog(databases.primary.admin_url, settings, silent)
    const open = (url: string) => Promise.all(settings.nodes.map(() => openFaultProxy(url)))
    const paths = {
      primary: await open(databases.primary.url),
      redis: await open(databases.redis.node_url)
    }
    const env = nodeEnvironment(settings, secrets, databases)
    const servers = await startNodes(stack, settings.nodes, (index) => ({
      ...env,
      PRIMARY_URL: paths.primary[index]!.url,
      REDIS_URL: paths.redis[index]!.url
    }))
    const bin = nginx()
    const addresses = settings.nodes.map((port) => `127.0.0.1:${port}`)
    const status_port = await statusPort(settings)
    const options = bin && { bin, data, settings: settings.proxy, status_port, nodes: addresses }
    const proxy = options ? await startProxy(stack, options, silent) : null
    const running: Running = {
      url: proxy?.url ?? servers[0]!.url,
      admin_key: adminKey(secrets),
      nodes: servers,
      nginx: proxy,
      redis: databases.redis,
      postgres: databases,
      log: stack.run
    }
    say(`the system is ready at ${running.url}, data in ${data}`)
    return work({ now: () => running, data, paths })
  }, silent)
}

/** The environment of production, without the limits that a proof would hit, and with an unreliable payment provider. */
export async function proofEnvironment(data: string, nodes = standard): Promise<NodeJS.ProcessEnv> {
  return {
    ...(await managedEnvironment(data, nodes)),
    HOLDFAST_PRODUCTS: '10',
    HOLDFAST_MEMORY_MB: '1024',
    RATE_LIMIT_API: '0',
    RATE_LIMIT_CHECKOUT: '0',
    HOLDFAST_CONNECTIONS_PER_IP: '0',
    PENDING_ORDERS_PER_IP: '0',
    // Shorter than some charges take, so that the resolver acts while a request still waits.
    PAYMENT_TIMEOUT_MS: '1500',
    PAYMENT_LEASE_MS: '1500',
    PROVIDER_LATENCY_MS: '20',
    PROVIDER_LOST_RESPONSES: '0.05',
    PROVIDER_DUPLICATES: '0.05'
  }
}
