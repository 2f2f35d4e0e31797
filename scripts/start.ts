import { parseArgs } from 'node:util'
import { fillCatalog } from './seed/fill-catalog.ts'
import { backUpDaily } from './stack/daily-backup.ts'
import { startDatabases } from './stack/databases.ts'
import { restartNodes } from './stack/nodes/rolling-restart.ts'
import { adminKey, nodeEnvironment, startNodes } from './stack/nodes/start.ts'
import { proxyMetrics, startProxy, statusPort } from './stack/proxy/start.ts'
import type { Settings } from './stack/settings.ts'
import { supervise, type Start } from './stack/supervise.ts'
import { nginx } from './stack/supervisor/binaries.ts'
import { onRequest } from './stack/supervisor/control-request.ts'
import { checkPort } from './stack/supervisor/ports.ts'

// npm start [-- --tls]
// Runs the whole system on this machine until Ctrl-C: databases, nodes and proxy, started in this order.
await supervise(async ({ stack, settings, secrets, say, publish }: Start) => {
  const { data, proxy: proxySettings, nodes: ports } = settings
  const bin = nginx()
  for (const port of ports) await checkPort(port, 'HOLDFAST_NODE_PORT')
  if (bin) {
    await checkPort(proxySettings.port, 'HOLDFAST_PORT')
    if (proxySettings.tls) await checkPort(proxySettings.tls.port, 'HOLDFAST_TLS_PORT')
  }

  const databases = await startDatabases(stack, settings, secrets, say)
  say(`databases are ready: a primary, ${databases.replicas.length} replicas, Redis`)
  await fillCatalog(databases.primary.admin_url, settings, say)

  const env = nodeEnvironment(settings, secrets, databases)
  // One node is enough to show the proxy's metrics.
  const status_port = await statusPort(settings)
  const firstEnv = bin ? { ...env, ...proxyMetrics(stack.run, status_port) } : env
  const nodes = await startNodes(stack, ports, (index) => (index === 0 ? firstEnv : env))
  say(`nodes are ready: ${nodes.map(({ url }) => url).join(', ')}`)

  const addresses = ports.map((port) => `127.0.0.1:${port}`)
  const options = bin && { bin, data, settings: proxySettings, status_port, nodes: addresses }
  const proxy = options ? await startProxy(stack, options, say) : null
  const url = proxy?.url ?? nodes[0]!.url
  const key = adminKey(secrets)
  publish(() => ({
    url,
    admin_key: key,
    nodes,
    nginx: proxy && { port: proxy.port, pid: proxy.pid, status_url: proxy.status_url },
    redis: databases.redis,
    postgres: { primary: databases.primary, replicas: databases.replicas },
    log: stack.run
  }))
  backUpDaily(settings, say)
  onRequest(stack.run, (tell) => restartNodes(nodes, proxy?.upstreams, both(say, tell)))
  say(welcome({ url, node: nodes[0]!.url, settings, hasProxy: proxy !== null }))
}, readOptions)

const both =
  (...says: ((line: string) => void)[]) =>
  (line: string) => {
    for (const say of says) say(line)
  }

/** `--tls` is short for HOLDFAST_TLS, which the settings read. @throws when an option is unknown */
function readOptions(): void {
  const { values } = parseArgs({ options: { tls: { type: 'boolean' } } })
  if (values.tls) process.env.HOLDFAST_TLS = 'yes'
}

type Welcome = { url: string; node: string; settings: Settings; hasProxy: boolean }

function welcome({ url, node, settings: { data, proxy }, hasProxy }: Welcome): string {
  const isOwnCertificate = hasProxy && proxy.tls && !proxy.tls.files
  const trust = isOwnCertificate ? `--cacert '${data}/tls/certificate.pem' ` : ''
  const key = process.env.ADMIN_API_KEY
    ? 'that of ADMIN_API_KEY'
    : `"admin_key" in ${data}/secrets.json`
  return `
Holdfast is ready at ${url}${hasProxy ? '' : ' (NGINX was not found: this is the first node, without a proxy)'}
  API reference  ${url}/docs
  state          ${node}/ops   (not through the proxy)
  admin key      ${key}   (Authorization: Bearer …)
  all the rest   ${data}/stack.json, logs in ${data}/run

  curl ${trust}'${url}/api/v1/products?limit=3'

Ctrl-C stops everything; the data stays.`
}
