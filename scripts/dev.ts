import path from 'node:path'
import { find } from './stack/supervisor/binaries.ts'
import { fillCatalog } from './seed/fill-catalog.ts'
import { backUpDaily } from './stack/daily-backup.ts'
import { startDatabases } from './stack/databases.ts'
import { adminKey, nodeEnvironment } from './stack/nodes/start.ts'
import { checkPort } from './stack/supervisor/ports.ts'
import { root } from './stack/settings.ts'
import { supervise } from './stack/supervise.ts'

// npm run dev
// Runs the databases, and one node that restarts whenever a file changes and logs to the terminal.
await supervise(async ({ stack, settings, secrets, say, publish }) => {
  const { data, nodes } = settings
  const port = nodes[0]!
  await checkPort(port, 'HOLDFAST_NODE_PORT')
  const databases = await startDatabases(stack, settings, secrets, say)
  await fillCatalog(databases.primary.admin_url, settings, say)

  const env = nodeEnvironment(settings, secrets, databases)
  const address = ['-a', '127.0.0.1', '-p', `${port}`]
  // Files that the node itself writes must not restart it. One word, because fastify-cli splits it at the spaces.
  const ignore = `--ignore-watch=.holdfast .tap ${path.basename(data)}`
  const node = stack.keep('node', 'dev', {
    words: [
      fastify(),
      'start',
      '-w',
      '-o',
      ...address,
      ignore,
      '--logging-module',
      'scripts/dev-log.ts',
      'app.ts'
    ],
    stop: 'SIGTERM',
    group: true,
    terminal: true,
    env: { ...env, PORT: `${port}` },
    cwd: root
  })

  const url = `http://127.0.0.1:${port}`
  const admin_key = adminKey(secrets)
  publish(() => ({
    url,
    admin_key,
    nodes: [{ port, pid: node.pid ?? null, url }],
    nginx: null,
    redis: databases.redis,
    postgres: { primary: databases.primary, replicas: databases.replicas },
    log: stack.run
  }))
  // A backup also lets the primary delete old write-ahead log.
  backUpDaily(settings, say)
  say(`one node at ${url}, admin key ${admin_key}; it restarts when a file changes`)
})

function fastify(): string {
  const found = find('fastify')
  if (found) return found
  throw new Error('fastify-cli was not found: use npm run dev')
}
