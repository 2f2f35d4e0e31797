import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { nginx } from '../stack/supervisor/binaries.ts'
import { fillCatalog } from '../stack/catalog.ts'
import { startDatabases } from '../stack/databases.ts'
import { startProxy } from '../stack/proxy/start.ts'
import { adminKey, nodeEnvironment, startNodes } from '../stack/nodes/start.ts'
import { managedEnvironment } from '../stack/managed-environment.ts'
import { openFaultProxy } from '../stack/test-servers/fault-proxy.ts'
import type { Running } from '../stack/running.ts'
import { supervise } from '../stack/supervisor/supervise.ts'
import type { Target } from './target.ts'

const standard = 3
const silent = () => {}

/**
 * Starts a system in a folder of its own, whose nodes reach the primary and Redis by ways that can be made bad; runs
 * `work` on it, and ends the process with the exit code that this returns. The folder is kept unless that is 0.
 */
export async function onManagedStack(work: (ground: Target) => Promise<number>): Promise<void> {
  const data = mkdtempSync(path.join(tmpdir(), 'holdfast-proof-'))
  process.on('exit', (code) => {
    if (code === 0) rmSync(data, { recursive: true, force: true })
    else console.error(`data and logs are kept in ${data}`)
  })
  Object.assign(process.env, await surroundings(data))

  await supervise(async ({ stack, settings, secrets, say }) => {
    const databases = await startDatabases(stack, settings, secrets, silent)
    await fillCatalog(databases.primary.admin_url, settings, silent)
    const open = (url: string) => Promise.all(settings.nodes.map(() => openFaultProxy(url)))
    const paths = {
      primary: await open(databases.primary.url),
      redis: await open(databases.redis.url)
    }
    const env = nodeEnvironment(settings, secrets, databases)
    const servers = await startNodes(stack, settings.nodes, (index) => ({
      ...env,
      PRIMARY_URL: paths.primary[index]!.url,
      REDIS_URL: paths.redis[index]!.url
    }))
    const doorBin = nginx()
    const gate = doorBin === undefined ? null : await startProxy(stack, doorBin, settings, silent)
    const running: Running = {
      url: gate ? `http://127.0.0.1:${settings.door}` : servers[0]!.url,
      admin_key: adminKey(secrets),
      nodes: servers,
      nginx: gate,
      redis: databases.redis,
      postgres: databases,
      log: stack.run
    }
    say(`the system is ready at ${running.url}, data in ${data}`)
    return work({ now: () => running, data, paths })
  })
}

/** As in production, but for limits a proof would run into, and a provider that is as bad as the rest. */
export async function surroundings(data: string, nodes = standard): Promise<NodeJS.ProcessEnv> {
  return {
    ...(await managedEnvironment(data, nodes)),
    HOLDFAST_PRODUCTS: '10',
    RATE_LIMIT_API: '0',
    RATE_LIMIT_CHECKOUT: '0',
    PENDING_ORDERS_PER_IP: '0',
    // Shorter than some payments take: others step in while a request still waits.
    PAYMENT_TIMEOUT_MS: '1500',
    PAYMENT_LEASE_MS: '1500',
    PROVIDER_LATENCY_MS: '20',
    PROVIDER_LOST_RESPONSES: '0.05',
    PROVIDER_DUPLICATES: '0.05'
  }
}
