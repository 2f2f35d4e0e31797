import { startProxy, statusPort } from '../stack/proxy/start.ts'
import { supervise } from '../stack/supervise.ts'
import { nginx } from '../stack/supervisor/binaries.ts'
import { checkPort } from '../stack/supervisor/ports.ts'

// The proxy alone, for nodes on other machines: NGINX, and the prober that takes failing nodes out and puts them back.
await supervise(async ({ stack, settings, say }) => {
  const { data, proxy } = settings
  const nodes = readNodes(process.env, say)
  const bin = nginx()
  if (!bin) throw new Error('NGINX was not found: install it, or set NGINX_BIN')
  await checkPort(proxy.port, 'HOLDFAST_PORT')
  const status_port = await statusPort(settings)
  const options = { bin, data, settings: proxy, status_port, nodes }
  const { url, status_url } = await startProxy(stack, options, say)
  say(`the proxy listens at ${url}, for ${nodes.join(', ')}; NGINX's numbers are at ${status_url}`)
})

function readNodes(env: NodeJS.ProcessEnv, say: (line: string) => void): string[] {
  const { HOLDFAST_PROXY_NODES, HOLDFAST_DOOR_NODES } = env
  if (HOLDFAST_DOOR_NODES)
    say('HOLDFAST_DOOR_NODES is the old name of HOLDFAST_PROXY_NODES: rename it')
  const nodes = (HOLDFAST_PROXY_NODES || HOLDFAST_DOOR_NODES || '').split(',').filter(Boolean)
  if (nodes.length === 0)
    throw new Error('HOLDFAST_PROXY_NODES is the list of nodes: node1:3001,node2:3001')
  const wrong = nodes.find((node) => !/^[\w.-]+:\d{1,5}$/.test(node))
  if (wrong) throw new Error(`HOLDFAST_PROXY_NODES is a list of host:port, not ${wrong}`)
  return nodes
}
