import { nginx } from './stack/supervisor/binaries.ts'
import { fillCatalog } from './stack/catalog.ts'
import { backUpDaily } from './stack/daily-backup.ts'
import { startDatabases } from './stack/databases.ts'
import { startProxy, watchProxy } from './stack/proxy/start.ts'
import { adminKey, nodeEnvironment, startNodes } from './stack/nodes/start.ts'
import { checkPort } from './stack/supervisor/ports.ts'
import { rollNodes } from './stack/nodes/rolling-restart.ts'
import { supervise, type Start } from './stack/supervisor/supervise.ts'
import { onRequest } from './stack/supervisor/control-request.ts'

if (process.argv.includes('--tls')) process.env.HOLDFAST_TLS = 'yes'

// The whole system on this machine, until Ctrl-C: databases, nodes, door, in this order.
await supervise(async ({ stack, settings, secrets, say, publish }: Start) => {
  const { data, door, front, nodes: ports } = settings
  const doorBin = nginx()
  for (const port of ports) await checkPort(port, 'HOLDFAST_NODE_PORT')
  if (doorBin) {
    await checkPort(door, 'HOLDFAST_PORT')
    if (front.tls) await checkPort(front.tls.port, 'HOLDFAST_TLS_PORT')
  }

  const databases = await startDatabases(stack, settings, secrets, say)
  say(`databases are ready: a primary, ${databases.replicas.length} replicas, Redis`)
  await fillCatalog(databases.primary.admin_url, settings, say)

  const env = nodeEnvironment(settings, secrets, databases)
  // One node is enough to tell how the door does.
  const watch = doorBin === undefined ? {} : watchProxy(stack.run, door)
  const nodes = await startNodes(stack, ports, (index) =>
    index === 0 ? { ...env, ...watch } : env
  )
  say(`nodes are ready: ${nodes.map(({ url }) => url).join(', ')}`)

  const proxy = doorBin === undefined ? null : await startProxy(stack, doorBin, settings, say)
  const url = proxy?.url ?? nodes[0]!.url
  const key = adminKey(secrets)
  publish(() => ({
    url,
    admin_key: key,
    nodes,
    nginx: proxy && { port: proxy.port, pid: proxy.pid },
    redis: databases.redis,
    postgres: { primary: databases.primary, replicas: databases.replicas },
    log: stack.run
  }))
  backUpDaily(settings, say)
  onRequest(stack.run, (tell) => rollNodes(nodes, proxy?.upstreams, both(say, tell)))
  say(welcome(url, nodes[0]!.url, key, data, proxy !== null))
})

const both =
  (...says: ((line: string) => void)[]) =>
  (line: string) => {
    for (const say of says) say(line)
  }

function welcome(url: string, node: string, key: string, data: string, hasDoor: boolean): string {
  return `
Holdfast is ready at ${url}${hasDoor ? '' : ' (NGINX was not found: the first node is the door)'}
  API reference  ${url}/docs
  how it does    ${node}/ops   (not through the door)
  admin key      ${key}   (Authorization: Bearer …)
  all the rest   ${data}/stack.json, logs in ${data}/run

  curl '${url}/api/v1/products?limit=3'

Ctrl-C stops everything; the data stays.`
}
