import { nginx } from '../stack/supervisor/binaries.ts'
import { startProxy } from '../stack/proxy/start.ts'
import { checkPort } from '../stack/supervisor/ports.ts'
import { supervise } from '../stack/supervisor/supervise.ts'

// The front door alone, for nodes that run elsewhere: NGINX, and what takes a silent node out and brings it back.
await supervise(async ({ stack, settings, say }) => {
  const nodes = process.env.HOLDFAST_DOOR_NODES?.split(',').filter(Boolean) ?? []
  if (nodes.length === 0)
    throw new Error('HOLDFAST_DOOR_NODES is the list of nodes: node1:3001,node2:3001')
  const wrong = nodes.find((node) => !/^[\w.-]+:\d{1,5}$/.test(node))
  if (wrong) throw new Error(`HOLDFAST_DOOR_NODES is made of host:port, not ${wrong}`)
  const bin = nginx()
  if (!bin) throw new Error('NGINX was not found: install it, or set NGINX_BIN')
  await checkPort(settings.door, 'HOLDFAST_PORT')
  const { url } = await startProxy(stack, bin, settings, say, nodes)
  say(`the door is open at ${url}, for ${nodes.join(', ')}`)
})
