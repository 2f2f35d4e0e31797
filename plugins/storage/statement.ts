import type { CompiledQuery, Kysely, QueryExecutorProvider } from 'kysely'
import type { Database, Reader } from '../../sql/types.ts'
import { nameStatement } from './prepared.ts'

/**
 * A statement that is written once: Kysely builds its text at the first call, and each connection parses and plans it once, by
 * its name (prepared.ts). A call costs the node a list of values, and the server the execution alone.
 *
 *     const findThing = statement((db: Reader, { id }: { id: string }) =>
 *       db.selectFrom('things').select(['id', 'name']).where('id', '=', id)
 *     )
 *     const [thing] = await findThing(db, { id })
 *
 * Which statements are prepared: those that run for each request or each second and that an index serves, whatever their
 * values are (some rows by their keys), and calls of the functions that keep plans of their own. Not searches: their best
 * plan depends on the values, so PostgreSQL plans them each time. Nor what the shop's staff asks now and then, refunds,
 * checks, metrics, what runs once at the start, and transactions of several statements.
 *
 * A prepared statement
 * - names its columns: `select *` would change its result with the next migration;
 * - has one text: a list is one array (`= any (${ids}::uuid[])`), and a choice is two statements;
 * - has literals (`sql.lit`, `eb.lit`) where a partial index asks for them: the plan is made for any values;
 * - uses what is given as values alone: at the first call the builder gets placeholders in their place.
 */
export function statement<On extends Reader, Given extends [] | [Record<string, unknown>], Row>(
  build: (db: On, ...given: Given) => Built<Row>
): (db: On, ...given: Given) => Promise<Row[]> {
  let kept: CompiledQuery<Row> | undefined
  return async (db, ...given) => {
    const kysely = db as unknown as Kysely<Database>
    kept ??= compile(kysely, () => build(db, ...(placeholders as unknown as Given)))
    const { rows } = await kysely.executeQuery<Row>({
      ...kept,
      parameters: valuesOf(kept, given[0])
    })
    return rows
  }
}

/** What Kysely's builders and `sql` return. */
type Built<Row> = { compile: (on: QueryExecutorProvider) => CompiledQuery<Row> }

function compile<Row>(db: Kysely<Database>, build: () => Built<Row>): CompiledQuery<Row> {
  const compiled = build().compile(db)
  nameStatement(compiled.sql)
  return compiled
}

const placeholder = Symbol('placeholder')

/** Has a placeholder under every name. Its names are not known, so it cannot be spread. */
const placeholders = [
  new Proxy(
    {},
    {
      get: (_, name) => ({ [placeholder]: name }),
      ownKeys() {
        throw new Error('what a statement is given is named, and not spread')
      }
    }
  )
]

const valuesOf = ({ parameters }: CompiledQuery, given: Record<string, unknown> = {}): unknown[] =>
  parameters.map((value) => (isPlaceholder(value) ? given[value[placeholder]] : value))

const isPlaceholder = (value: unknown): value is { [placeholder]: string } =>
  typeof value === 'object' && value !== null && placeholder in value
