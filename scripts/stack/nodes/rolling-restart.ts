import type { NodeServer } from './start.ts'
import { isReady } from '../proxy/prober.ts'
import type { Upstreams } from '../proxy/upstreams.ts'
import { until } from '../supervisor/until.ts'

/**
 * Restarts one node after the other while the others serve: the proxy sends the node no new requests, the node finishes
 * its requests and stops, the new process becomes ready, and the proxy uses it again. Stops at the first node that does
 * not become ready.
 */
export async function restartNodes(
  nodes: NodeServer[],
  upstreams: Upstreams | undefined,
  say: (line: string) => void
): Promise<void> {
  if (nodes.length === 1 || !upstreams)
    say('no other node can serve meanwhile: requests fail until the node is ready again')
  const addresses = nodes.map(addressOf)
  await until('the readiness of all nodes', () => allReady(addresses), 30_000)
  for (const [index, node] of nodes.entries()) {
    const started = performance.now()
    const address = addressOf(node)
    await upstreams?.hold(address)
    try {
      await node.restart()
    } catch (err) {
      // If the node becomes ready later, the prober puts it back.
      upstreams?.mark(address, false)
      throw err
    } finally {
      upstreams?.release(address)
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    say(`node${index + 1} was restarted and is ready, after ${seconds} s`)
  }
}

const addressOf = ({ port }: NodeServer) => `127.0.0.1:${port}`

async function allReady(addresses: string[]): Promise<boolean> {
  return (await Promise.all(addresses.map(isReady))).every(Boolean)
}
