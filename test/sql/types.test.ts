import t from 'tap'
import { generateTypes } from '../../scripts/stack/postgres/codegen.ts'
import { environment } from '../support/environment.ts'

t.test('sql/database.ts is what the migrations make (else: npm run types)', async (t) => {
  const { primaryUrl } = await environment(t)
  await t.resolves(generateTypes(primaryUrl, { verify: true }))
})
