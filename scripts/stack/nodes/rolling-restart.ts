import type { NodeServer } from './start.ts'
import { isReady } from '../proxy/prober.ts'
import type { Upstreams } from '../proxy/upstreams.ts'
import { until } from '../supervisor/until.ts'

/**
 * Starts one node after the other anew, so that the others serve meanwhile: no new requests reach it, it finishes what it
 * has begun, the new one is ready, it gets requests again. Ends at the first that does not come up.
 */
export async function rollNodes(
  nodes: NodeServer[],
  upstreams: Upstreams | undefined,
  say: (line: string) => void
): Promise<void> {
  if (nodes.length === 1 || !upstreams)
    say('there is nobody to serve meanwhile: requests fail until the node is ready again')
  const addresses = nodes.map(addressOf)
  await until('the readiness of all nodes', () => everyoneReady(addresses), 30_000)
  for (const [index, node] of nodes.entries()) {
    const began = performance.now()
    const address = addressOf(node)
    await upstreams?.hold(address)
    try {
      await node.restart()
    } catch (err) {
      // The prober lets it in when it comes up after all.
      upstreams?.mark(address, false)
      throw err
    } finally {
      upstreams?.release(address)
    }
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    say(`node${index + 1} is new and ready, after ${seconds} s`)
  }
}

const addressOf = ({ port }: NodeServer) => `127.0.0.1:${port}`

async function everyoneReady(addresses: string[]): Promise<boolean> {
  return (await Promise.all(addresses.map(isReady))).every(Boolean)
}
