import { migrate } from './stack/postgres/migrate.ts'
import { generateTypes } from './stack/postgres/codegen.ts'
import { createDatabase, withDatabase } from './stack/postgres/cluster.ts'
import { withTestServers } from './stack/test-servers/with-test-servers.ts'

// npm run types -- [--verify]
// Writes sql/database.ts from sql/migrations; with --verify only checks that it is up to date.
await withTestServers('types', async ({ primary }, interrupted) => {
  await createDatabase(primary.admin_url, 'types')
  const url = withDatabase(primary.admin_url, 'types')
  await migrate({ primary: url, replicas: [] })
  interrupted.throwIfAborted()
  await generateTypes(url, { verify: process.argv.includes('--verify') })
})
