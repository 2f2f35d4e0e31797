import path from 'node:path'
import { find } from './stack/supervisor/binaries.ts'
import { fillCatalog } from './stack/catalog.ts'
import { backUpDaily } from './stack/daily-backup.ts'
import { startDatabases } from './stack/databases.ts'
import { adminKey, nodeEnvironment } from './stack/nodes/start.ts'
import { checkPort } from './stack/supervisor/ports.ts'
import { root } from './stack/settings.ts'
import { supervise } from './stack/supervisor/supervise.ts'

// The servers, and one node that starts again whenever a file changes. Its log is the terminal.
await supervise(async ({ stack, settings, secrets, say, publish }) => {
  const { data, nodes } = settings
  const port = nodes[0]!
  await checkPort(port, 'HOLDFAST_NODE_PORT')
  const databases = await startDatabases(stack, settings, secrets, say)
  await fillCatalog(databases.primary.admin_url, settings, say)

  const env = nodeEnvironment(settings, secrets, databases)
  const where = ['-a', '127.0.0.1', '-p', `${port}`]
  // Its own data would start it again for ever. One word: the names are joined by spaces.
  const ignore = `--ignore-watch=.holdfast .tap ${path.basename(data)}`
  const node = stack.keep('node', 'dev', {
    words: [
      fastify(),
      'start',
      '-w',
      '-o',
      ...where,
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
  // Also what keeps the primary's log small.
  backUpDaily(settings, say)
  say(`one node at ${url}, admin key ${admin_key}; it starts again when a file changes`)
})

function fastify(): string {
  const found = find('fastify')
  if (found) return found
  throw new Error('fastify-cli was not found: use npm run dev')
}
