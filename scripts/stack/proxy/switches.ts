import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { nodeBits, nodeGroup, nodeGroups, outFile } from './node-groups.ts'
import type { Balance } from './settings.ts'

/** How the proxy learns which nodes get no requests. */
export type Switch = {
  /** Called whenever the set of nodes that are out has changed. */
  show: (out: string[]) => void
  /** Resolves when no new request reaches a node that was shown as out. */
  settled: () => Promise<void>
}

/** What NGINX includes: the first file in `http`, the second in `server`. */
export type SwitchFiles = { upstreams: string; out: string }

/**
 * A request that has chosen its nodes may still be sent to one that went out since then, as soon as its body has arrived. A node
 * that has stopped refuses it, and NGINX sends it to another node.
 */
const arrival_ms = 2_000

/**
 * Makes and removes a file for each node, which NGINX looks for with every request: nothing is reloaded. A reload closes idle
 * client connections, and with them the requests that just arrive there.
 *
 * @param folder where the files are
 * @param seen_as the folder as NGINX's configuration names it, with a slash at its end, or empty: NGINX's working directory
 */
export function switchByFiles(
  files: SwitchFiles,
  folder: string,
  nodes: string[],
  balance: Balance,
  seen_as = `${folder}/`
): Switch {
  // NGINX's workers may belong to another user. They need no more than to enter the folder.
  mkdirSync(folder, { recursive: true, mode: 0o711 })
  // The folder itself stays: it may be the working directory of an NGINX that runs.
  for (const name of readdirSync(folder)) rmSync(path.join(folder, name))
  replace(files.upstreams, nodeGroups(nodes, balance))
  replace(files.out, nodeBits(nodes, seen_as))
  return {
    show(out) {
      for (const [n, node] of nodes.entries()) {
        const file = path.join(folder, outFile(n))
        if (!out.includes(node)) rmSync(file, { force: true })
        else if (!existsSync(file)) writeFileSync(file, '')
      }
    },
    settled: () => sleep(arrival_ms)
  }
}

type ReloadableProxy = {
  /** Makes the proxy read its files again. */
  reload: () => void
  /** Resolves when no worker of the proxy uses the previous files any more. */
  reloaded: () => Promise<void>
}

/** For more nodes than have groups of their own: one group, which is written anew, and a reload. */
export function switchByReload(
  files: SwitchFiles,
  nodes: string[],
  balance: Balance,
  { reload, reloaded }: ReloadableProxy
): Switch {
  const write = (out: string[]) => {
    const group = nodeGroup(
      'all_nodes',
      nodes,
      nodes.map((node) => out.includes(node)),
      balance
    )
    replace(files.upstreams, `${group}\nmap "" $nodes {\n  default all_nodes;\n}\n`)
  }
  write([])
  replace(files.out, '')
  return {
    show(out) {
      write(out)
      reload()
    },
    settled: reloaded
  }
}

/** Writes the whole file in one step: the proxy may read it at any time. */
export function replace(file: string, text: string): void {
  const draft = `${file}.draft`
  writeFileSync(draft, text, { mode: 0o644 })
  renameSync(draft, file)
}
