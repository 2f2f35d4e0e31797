import { execFileSync } from 'node:child_process'
import { probe } from '../stack/proxy/prober.ts'
import { openUpstreams } from '../stack/proxy/upstreams.ts'

/*
 * Active health checks for an NGINX that somebody else runs:
 *
 *   node scripts/daemons/prober.ts /etc/nginx/holdfast-nodes.conf 10.0.0.1:3001,10.0.0.2:3001 nginx -s reload
 *
 * The file is what an `upstream` block includes: one `server` line a node. It is written anew when a node comes or goes, and
 * then the command is run. What npm start brings needs no such program: its supervisor does this itself.
 */
const [file, list, ...reload] = process.argv.slice(2)
const nodes = list?.split(',').filter(Boolean) ?? []
if (!file || nodes.length === 0 || reload.length === 0) {
  console.error(
    'prober: say which file, which nodes (host:port, by commas), and the command that reloads'
  )
  process.exit(2)
}

const upstreams = openUpstreams(file, nodes, { reload: readAgain, settled: async () => {} })
// NGINX may go by a file of before, in which some node was left out.
readAgain()
const stop = probe(upstreams, console.log)
// The loops' own timers keep nobody awake.
const awake = setInterval(() => {}, 60_000)
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    stop()
    clearInterval(awake)
  })
console.log(`looking after ${nodes.join(', ')}`)

function readAgain() {
  try {
    execFileSync(reload[0]!, reload.slice(1), { stdio: 'inherit', timeout: 10_000 })
  } catch (err) {
    console.error(`prober: ${(err as Error).message}`)
  }
}
