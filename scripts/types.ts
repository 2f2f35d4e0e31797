import { migrate } from './stack/postgres/migrate.ts'
import { generateTypes } from './stack/postgres/codegen.ts'
import { createDatabase, withDatabase } from './stack/postgres/cluster.ts'
import { withTestServers } from './stack/test-servers/with-test-servers.ts'
import { dumpedBy, dumpSchema, dumpVersion } from './types/dump-schema.ts'
import { writeOrCompare } from './types/generated-file.ts'
import { schemaDocument } from './types/schema-document.ts'

// npm run types -- [--verify]
// Writes what is made from the migrated database: sql/database.ts, sql/schema.sql and docs/schema.md; with --verify only
// checks that they are up to date.
await withTestServers('types', async ({ primary }, interrupted) => {
  await createDatabase(primary.admin_url, 'types')
  const url = withDatabase(primary.admin_url, 'types')
  await migrate({ primary: url, replicas: [] })
  interrupted.throwIfAborted()
  const verify = process.argv.includes('--verify')
  await generateTypes(url, { verify })
  await writeOrCompare('docs/schema.md', await schemaDocument(url), verify)
  const version = await dumpVersion()
  if (version === dumpedBy) await writeOrCompare('sql/schema.sql', await dumpSchema(url), verify)
  else console.log(`sql/schema.sql is left as it is: pg_dump is ${version}, not ${dumpedBy}`)
})
