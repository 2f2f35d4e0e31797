import { setTimeout as sleep } from 'node:timers/promises'
import type { Upstreams } from './upstreams.ts'

/** With two tries in a row, a node that hangs is out after 5.6 s at most, one that is gone after 2 s. */
const everyMs = 2_000
const patienceMs = 1_800

/**
 * Asks every node whether it is ready. One that fails twice in a row gets no requests, from when the door knows until it
 * answers again. @returns what ends it
 */
export function probe(upstreams: Upstreams, say: (line: string) => void): () => void {
  const stopping = new AbortController()
  const { signal } = stopping

  const watch = async (node: string) => {
    let was = true
    for (
      ;
      !signal.aborted;
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => {})
    ) {
      if (upstreams.isHeld(node)) continue
      const is = (await isReady(node)) || (await isReady(node))
      // What it said while it was being restarted counts for nothing.
      if (signal.aborted || upstreams.isHeld(node)) continue
      if (is !== was)
        say(is ? `the door has ${node} again` : `the door leaves out ${node}: not ready`)
      was = is
      upstreams.mark(node, is)
    }
  }
  for (const node of upstreams.nodes) void watch(node)
  return () => stopping.abort()
}

export async function isReady(node: string): Promise<boolean> {
  try {
    const url = `http://${node}/health/ready`
    const answer = await fetch(url, { signal: AbortSignal.timeout(patienceMs) })
    await answer.body?.cancel()
    return answer.ok
  } catch {
    return false
  }
}
