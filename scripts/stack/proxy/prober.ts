import { setTimeout as sleep } from 'node:timers/promises'
import type { Upstreams } from './upstreams.ts'

/** Two tries in a row decide: a node that hangs is out after 5.6 s at most, one that refuses connections after 2 s. */
const interval_ms = 2_000
const timeout_ms = 1_800

/**
 * Asks every node whether it is ready. A node that fails twice in a row gets no requests until it answers again.
 *
 * @returns a function that stops the prober
 */
export function probe(upstreams: Upstreams, say: (line: string) => void): () => void {
  const stopping = new AbortController()
  const { signal } = stopping

  const probeNode = async (node: string) => {
    let wasReady = true
    for (
      ;
      !signal.aborted;
      await sleep(interval_ms, undefined, { signal, ref: false }).catch(() => {})
    ) {
      if (upstreams.isHeld(node)) continue
      const ready = (await isReady(node)) || (await isReady(node))
      // An answer that was given during a restart of the node does not count.
      if (signal.aborted || upstreams.isHeld(node)) continue
      if (ready !== wasReady)
        say(
          ready ? `the proxy uses ${node} again` : `the proxy leaves out ${node}: it is not ready`
        )
      wasReady = ready
      try {
        upstreams.mark(node, ready)
      } catch (err) {
        // A full disk, for example. The next round tries again.
        say(`the proxy cannot be told about ${node}: ${(err as Error).message}`)
      }
    }
  }
  for (const node of upstreams.nodes) void probeNode(node)
  return () => stopping.abort()
}

export async function isReady(node: string): Promise<boolean> {
  try {
    const url = `http://${node}/health/ready`
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeout_ms) })
    await answer.body?.cancel()
    return answer.ok
  } catch {
    return false
  }
}
