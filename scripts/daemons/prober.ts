import { execFileSync } from 'node:child_process'
import { probe } from '../stack/proxy/prober.ts'
import { openUpstreams } from '../stack/proxy/upstreams.ts'

/*
 * Active health checks for an external NGINX:
 *
 *   node scripts/daemons/prober.ts /etc/nginx/holdfast-nodes.conf 10.0.0.1:3001,10.0.0.2:3001 nginx -s reload
 *
 * The `upstream` block of NGINX includes the file, which has one `server` line a node. The prober rewrites the file when a
 * node fails or is ready again, and then runs the command. `npm start` needs no prober: its supervisor does the same.
 */
const [file, list, ...command] = process.argv.slice(2)
const nodes = list?.split(',').filter(Boolean) ?? []
if (!file || nodes.length === 0 || command.length === 0) {
  console.error(
    'prober: the arguments are the file, the nodes (host:port, separated by commas) and the command that reloads NGINX'
  )
  process.exit(2)
}

const upstreams = openUpstreams(file, nodes, { reload, reloaded: async () => {} })
// NGINX may have read an older file that leaves a node out.
reload()
const stop = probe(upstreams, console.log)
// The prober's own timers do not keep the process alive.
const keepAlive = setInterval(() => {}, 60_000)
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    stop()
    clearInterval(keepAlive)
  })
console.log(`checking ${nodes.join(', ')}`)

function reload() {
  try {
    execFileSync(command[0]!, command.slice(1), { stdio: 'inherit', timeout: 10_000 })
  } catch (err) {
    console.error(`prober: ${(err as Error).message}`)
  }
}
