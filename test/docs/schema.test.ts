import t from 'tap'
import { writeOrCompare } from '../../scripts/types/generated-file.ts'
import { schemaDocument } from '../../scripts/types/schema-document.ts'
import { environment } from '../support/environment.ts'

t.test('docs/schema.md describes the migrated database (else: npm run types)', async (t) => {
  const { primaryUrl } = await environment(t)
  await t.resolves(writeOrCompare('docs/schema.md', await schemaDocument(primaryUrl), true))
})
