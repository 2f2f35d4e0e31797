import { readFile } from 'node:fs/promises'
import t from 'tap'
import { generateTypes } from '../../scripts/stack/postgres/codegen.ts'
import { connected, createDatabase, withDatabase } from '../../scripts/stack/postgres/cluster.ts'
import { dumpedBy, dumpSchema, dumpVersion } from '../../scripts/types/dump-schema.ts'
import { writeOrCompare } from '../../scripts/types/generated-file.ts'
import { environment } from '../support/environment.ts'

t.test(
  'sql/database.ts has the types of the migrated database (else: npm run types)',
  async (t) => {
    const { primaryUrl } = await environment(t)
    await t.resolves(generateTypes(primaryUrl, { verify: true }))
  }
)

const version = await dumpVersion()
const skip = version !== dumpedBy && `pg_dump is ${version}, and sql/schema.sql is from ${dumpedBy}`

t.test('sql/schema.sql is the dumped schema (else: npm run types)', { skip }, async (t) => {
  const { primaryUrl } = await environment(t)
  await t.resolves(writeOrCompare('sql/schema.sql', await dumpSchema(primaryUrl), true))
})

t.test('sql/schema.sql makes the schema in an empty database', async (t) => {
  const { name, primaryUrl, sql } = await environment(t)
  await createDatabase(primaryUrl, `${name}_loaded`)
  const loaded = withDatabase(primaryUrl, `${name}_loaded`)
  const text = await readFile(new URL('../../sql/schema.sql', import.meta.url), 'utf8')
  const tables = `select tablename from pg_tables where schemaname = 'public' order by 1`
  const found = await connected(loaded, async (client) => {
    await client.query(text)
    return client.query(tables)
  })
  t.same(found.rows, (await sql.query(tables)).rows)
})
