import type { Balance } from './settings.ts'

/** Up to so many nodes, every set of them is an upstream group of its own: 255 groups. */
export const most_grouped = 8

/**
 * The groups, and `$nodes`, which names the one of the nodes that are not out: bit n of a group's name says whether node n is.
 * Belongs into NGINX's `http`. When all nodes are out, all are tried.
 */
export function nodeGroups(nodes: string[], balance: Balance): string {
  const sets = Array.from({ length: 2 ** nodes.length - 1 }, (_, bits) =>
    nodes.map((_node, n) => Boolean((bits >> n) & 1))
  )
  const choices = sets.map((out) => `  ${nameOf(out)} nodes_${nameOf(out)};`)
  return [
    ...sets.map((out) => nodeGroup(`nodes_${nameOf(out)}`, nodes, out, balance)),
    `map "${nodes.map((_, n) => `$out_${n}`).join('')}" $nodes {`,
    `  default nodes_${'0'.repeat(nodes.length)};`,
    ...choices,
    '}\n'
  ].join('\n')
}

/** Looks for the file of each node with every request. Belongs into NGINX's `server`. `folder` ends with a slash, or is empty. */
export function nodeBits(nodes: string[], folder: string): string {
  const bits = nodes.map(
    (_, n) => `set $out_${n} 0;\nif (-f "${folder}${outFile(n)}") {\n  set $out_${n} 1;\n}\n`
  )
  return bits.join('')
}

/** The file that exists while a node is out. */
export const outFile = (n: number) => `node-${n}-is-out`

const nameOf = (out: boolean[]) => out.map(Number).join('')

/**
 * NGINX itself skips a node for 1 s after two failures within 1 s, until the prober has decided. No longer: a group would skip
 * a node that is ready again.
 */
export function nodeGroup(name: string, nodes: string[], out: boolean[], balance: Balance): string {
  const servers = nodes.flatMap((node, n) => {
    // With ip_hash a node that is out keeps its place, so that other addresses stay at their nodes.
    if (out[n] && balance !== 'ip_hash') return []
    return [`  server ${node} max_fails=2 fail_timeout=1s${out[n] ? ' down' : ''};`]
  })
  return [
    `upstream ${name} {`,
    `  zone ${name} 64k;`,
    ...(balance === 'round_robin' ? [] : [`  ${balance};`]),
    ...servers,
    // The nodes keep their connections for 72 s: so no node closes one that is in use.
    '  keepalive 32;\n  keepalive_timeout 60s;',
    '}\n'
  ].join('\n')
}
