import { createHash } from 'node:crypto'
import type { ClientBase, QueryResult, QueryResultRow } from 'pg'

/** The names of prepared statements by their texts: as many as the program has statements, whatever clients send. */
const names = new Map<string, string>()

/**
 * From now on connections prepare statements of this text. The name is made of the text: a node of another release, with which
 * this node may share connections of a pooler, never has another statement under it.
 */
export function nameStatement(text: string): void {
  const hash = createHash('sha256').update(text).digest('hex')
  names.set(text, `holdfast_${hash.slice(0, 24)}`)
}

/** How a statement is sent. */
export type Send = <Row extends QueryResultRow>(
  client: ClientBase,
  text: string,
  values: unknown[]
) => Promise<QueryResult<Row>>

/** PREPARED_STATEMENTS=off: behind a pooler the next statement may go to another connection of the server. */
export const sendUnnamed: Send = (client, text, values) => client.query(text, values)

/**
 * By its name, if it has one: the server then uses the plan that the connection has. Once more without the name when the
 * server refuses the plan or does not know it: the server has done nothing then. In a transaction that is not possible, so
 * there a statement has no name.
 */
export const send: Send = async (client, text, values) => {
  const name = names.get(text)
  if (name === undefined || client.getTransactionStatus() !== 'I') return client.query(text, values)
  try {
    return await client.query({ name, text, values })
  } catch (err) {
    if (!isForgotten(err)) throw err
    await forget(client)
    return client.query(text, values)
  }
}

/**
 * 26000: the connection was cleared (`deallocate all`), or is another one, behind a pooler. 42P05: the other connection knows
 * the name. 0A000: a migration has changed what the plan returns.
 */
const isForgotten = (err: unknown) =>
  err instanceof Error && 'code' in err && ['26000', '42P05', '0A000'].includes(String(err.code))

/** After it the connection prepares each statement again. The driver has no call for its own memory of them. */
async function forget(client: ClientBase): Promise<void> {
  await client.query('deallocate all')
  const { connection } = client as unknown as { connection: { parsedStatements: object } }
  connection.parsedStatements = {}
}
