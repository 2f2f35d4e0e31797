import { renameSync, writeFileSync } from 'node:fs'

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

type ReloadableProxy = {
  /** Makes the proxy read the file again. */
  reload: () => void
  /** Resolves when no worker of the proxy uses the previous file any more. */
  reloaded: () => Promise<void>
}

/** Keeps the file of nodes that the proxy includes, and reloads the proxy when the file has changed, never otherwise. */
export function openUpstreams(file: string, nodes: string[], proxy: ReloadableProxy): Upstreams {
  const failing = new Set<string>()
  const held = new Set<string>()
  let written = upstreamOf(nodes, [])
  writeUpstream(file, written)

  function out() {
    const heldNodes = nodes.filter((node) => held.has(node))
    const unusable = nodes.filter((node) => held.has(node) || failing.has(node))
    // If every node is unusable, keep the failing ones in: a node without its primary still serves some routes.
    return [unusable, heldNodes].find((some) => some.length < nodes.length) ?? []
  }

  function apply(): boolean {
    const text = upstreamOf(nodes, out())
    if (text === written) return false
    writeUpstream(file, text)
    written = text
    proxy.reload()
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
      if (apply()) await proxy.reloaded()
    },
    release(node) {
      held.delete(node)
      apply()
    },
    isHeld: (node) => held.has(node)
  }
}

/** One line a node. NGINX itself skips a node for 5 s after two failures within 5 s, until the prober has decided. */
function upstreamOf(nodes: string[], out: string[]): string {
  const lines = nodes.map((node) => {
    const down = out.includes(node) ? ' down' : ''
    return `server ${node} max_fails=2 fail_timeout=5s${down};\n`
  })
  return lines.join('')
}

/** Writes the whole file in one step: the proxy may read it at any time. */
function writeUpstream(file: string, text: string): void {
  const draft = `${file}.draft`
  writeFileSync(draft, text, { mode: 0o644 })
  renameSync(draft, file)
}
