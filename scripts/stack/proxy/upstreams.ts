import { renameSync, writeFileSync } from 'node:fs'

/** Which of its nodes the door gives requests to. Addresses as `127.0.0.1:3001`. */
export type Upstreams = {
  readonly nodes: string[]
  /** Those that get nothing now. */
  out: () => string[]
  /** A node answers, or does not. */
  mark: (node: string, answers: boolean) => void
  /** Takes a node out, whatever it answers, until it is released; resolves when no new request reaches it. */
  hold: (node: string) => Promise<void>
  release: (node: string) => void
  isHeld: (node: string) => boolean
}

type ReloadableProxy = {
  /** Reads the file again. */
  reload: () => void
  /** Resolves when whoever worked by the file as it was has finished. */
  settled: () => Promise<void>
}

/** Keeps the file that the door includes, and has it read again when something has changed, never else. */
export function openUpstreams(file: string, nodes: string[], door: ReloadableProxy): Upstreams {
  const failing = new Set<string>()
  const held = new Set<string>()
  let written = upstreamOf(nodes, [])
  writeUpstream(file, written)

  function out() {
    const asked = nodes.filter((node) => held.has(node))
    const all = nodes.filter((node) => held.has(node) || failing.has(node))
    // Somebody has to be asked: then those, who may answer some things still, as a node does whose primary is away.
    return [all, asked].find((some) => some.length < nodes.length) ?? []
  }

  function apply(): boolean {
    const text = upstreamOf(nodes, out())
    if (text === written) return false
    writeUpstream(file, text)
    written = text
    door.reload()
    return true
  }

  return {
    nodes,
    out,
    mark(node, answers) {
      if (answers) failing.delete(node)
      else failing.add(node)
      apply()
    },
    async hold(node) {
      held.add(node)
      if (apply()) await door.settled()
    },
    release(node) {
      held.delete(node)
      apply()
    },
    isHeld: (node) => held.has(node)
  }
}

/** One line a node. Two failures within 5 s take it out for 5 s, until somebody has looked. */
function upstreamOf(nodes: string[], out: string[]): string {
  const lines = nodes.map((node) => {
    const down = out.includes(node) ? ' down' : ''
    return `server ${node} max_fails=2 fail_timeout=5s${down};\n`
  })
  return lines.join('')
}

/** Whole or not at all: the door may read it at any time. */
function writeUpstream(file: string, text: string): void {
  const draft = `${file}.draft`
  writeFileSync(draft, text, { mode: 0o644 })
  renameSync(draft, file)
}
