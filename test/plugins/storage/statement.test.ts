import { sql } from 'kysely'
import { Client } from 'pg'
import t from 'tap'
import { nameStatement, send } from '../../../plugins/storage/prepared.ts'
import { statement } from '../../../plugins/storage/statement.ts'
import type { Reader } from '../../../sql/types.ts'
import { build, environmentOf } from '../../support/build.ts'

const app = await build(t)

t.test('a name that another user of the connection has taken is repeated without it', async (t) => {
  const text = `select 'ours' as whose`
  nameStatement(text)
  const [one, other] = [await clientOf(), await clientOf()]
  t.teardown(() => Promise.all([one.end(), other.end()]))
  t.match((await send(one, text, [])).rows, [{ whose: 'ours' }])
  const [name] = await namesOn(one)
  await other.query(`prepare "${name}" as select 'theirs' as whose`)
  t.match((await send(other, text, [])).rows, [{ whose: 'ours' }])
  t.same(await namesOn(other), [], 'the connection forgets the names of the other user')
  t.match((await send(other, text, [])).rows, [{ whose: 'ours' }])
  t.same(await namesOn(other), [name])
})

t.test('a statement is built once, from placeholders', async (t) => {
  let built = 0
  const echo = statement((_db: Reader, { word, words }: { word: string; words: string[] }) => {
    built++
    return sql<{
      said: string
    }>`select ${word}::text || cardinality(${words}::text[]) || ${'!'} as said`
  })
  t.same(await echo(app.db, { word: 'a', words: [] }), [{ said: 'a0!' }])
  t.same(await echo(app.db, { word: 'b', words: ['x', 'y'] }), [{ said: 'b2!' }])
  t.equal(built, 1)
  const spreading = statement(
    (_db: Reader, given: { word: string }) => sql`select ${{ ...given }.word}::text`
  )
  await t.rejects(spreading(app.db, { word: 'a' }), { message: /named, and not spread/ })
})

async function clientOf() {
  const client = new Client({ connectionString: environmentOf(app).primaryUrl })
  await client.connect()
  return client
}

async function namesOn(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>('select name from pg_prepared_statements')
  return rows.map(({ name }) => name)
}
