import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { most_grouped } from '../stack/proxy/node-groups.ts'
import { probe } from '../stack/proxy/prober.ts'
import { balanceOf } from '../stack/proxy/settings.ts'
import { replace, switchByFiles, type Switch } from '../stack/proxy/switches.ts'
import { openUpstreams } from '../stack/proxy/upstreams.ts'

/*
 * Active health checks for an external NGINX. Without a reload, for up to 8 nodes:
 *
 *   node scripts/daemons/prober.ts /etc/nginx/holdfast 10.0.0.1:3001,10.0.0.2:3001
 *
 * NGINX's `http` includes upstreams.conf of the folder, its `server` includes out.conf, and `proxy_pass http://$nodes` uses them.
 * The prober makes and removes files in the folder, which NGINX looks for with every request. HOLDFAST_BALANCE counts.
 *
 * With a reload, for any number of nodes:
 *
 *   node scripts/daemons/prober.ts /etc/nginx/holdfast-nodes.conf 10.0.0.1:3001,10.0.0.2:3001 nginx -s reload
 *
 * The `upstream` block of NGINX includes the file, which has one `server` line a node. The prober rewrites the file when a
 * node fails or is ready again, and then runs the command. `npm start` needs no prober: its supervisor does the same.
 */
const [place, list, ...command] = process.argv.slice(2)
const nodes = list?.split(',').filter(Boolean) ?? []
if (!place || nodes.length === 0 || (command.length === 0 && nodes.length > most_grouped)) {
  console.error(
    `prober: the arguments are a folder and up to ${most_grouped} nodes (host:port, separated by commas), or a file, the nodes and the command that reloads NGINX`
  )
  process.exit(2)
}

const proxy = command.length > 0 ? byCommand(place) : byFiles(place)
const stop = probe(openUpstreams(nodes, proxy), console.log)
// The prober's own timers do not keep the process alive.
const keepAlive = setInterval(() => {}, 60_000)
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    stop()
    clearInterval(keepAlive)
    // Without a prober NGINX decides alone: no node stays out.
    proxy.show([])
  })
console.log(`checking ${nodes.join(', ')}`)

function byFiles(folder: string): Switch {
  const files = {
    upstreams: path.join(folder, 'upstreams.conf'),
    out: path.join(folder, 'out.conf')
  }
  const balance = balanceOf(process.env.HOLDFAST_BALANCE)
  return switchByFiles(files, path.resolve(folder, 'out'), nodes, balance)
}

function byCommand(file: string): Switch {
  const show = (out: string[]) => {
    const lines = nodes.map(
      (node) => `server ${node} max_fails=2 fail_timeout=1s${out.includes(node) ? ' down' : ''};\n`
    )
    replace(file, lines.join(''))
    reload()
  }
  // NGINX may have read an older file that leaves a node out.
  show([])
  return { show, settled: async () => {} }
}

function reload() {
  try {
    execFileSync(command[0]!, command.slice(1), { stdio: 'inherit', timeout: 10_000 })
  } catch (err) {
    console.error(`prober: ${(err as Error).message}`)
  }
}
