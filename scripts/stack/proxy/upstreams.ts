import type { Switch } from './switches.ts'

/** The nodes behind the proxy, and which of them get requests. Addresses as `127.0.0.1:3001`. */
export type Upstreams = {
  readonly nodes: string[]
  /** The nodes that get no requests now. */
  out: () => string[]
  /** Records whether a node is ready. */
  mark: (node: string, ready: boolean) => void
  /** Takes a node out, ready or not, until it is released; resolves when no new request reaches it. */
  hold: (node: string) => Promise<void>
  release: (node: string) => void
  isHeld: (node: string) => boolean
}

/** Decides which nodes are out, and tells the proxy when that has changed, never otherwise. */
export function openUpstreams(nodes: string[], { show, settled }: Switch): Upstreams {
  const failing = new Set<string>()
  const held = new Set<string>()
  let shown = ''

  function out() {
    const heldNodes = nodes.filter((node) => held.has(node))
    const unusable = nodes.filter((node) => held.has(node) || failing.has(node))
    // If every node is unusable, keep the failing ones in: a node without its primary still serves some routes.
    return [unusable, heldNodes].find((some) => some.length < nodes.length) ?? []
  }

  function apply(): boolean {
    const now = out()
    if (now.join() === shown) return false
    show(now)
    shown = now.join()
    return true
  }

  return {
    nodes,
    out,
    mark(node, ready) {
      if (ready) failing.delete(node)
      else failing.add(node)
      apply()
    },
    async hold(node) {
      held.add(node)
      if (apply()) await settled()
    },
    release(node) {
      held.delete(node)
      apply()
    },
    isHeld: (node) => held.has(node)
  }
}
