import { sqlFiles } from '../stack/postgres/sql-files.ts'

/** A table's own comment, and those of its columns. */
export type TableComment = { text: string; columns: Map<string, string> }

const table = /^((?:--.*\n)*)create table (\w+) \(\n([^]*?)\n\)/gm
const column = /((?:^ +--.*\n)+) +(\w+) /gm

/** What sql/migrations says above each `create table`, and above its columns. */
export async function readTableComments(): Promise<Map<string, TableComment>> {
  const comments = new Map<string, TableComment>()
  for (const { text } of await sqlFiles(new URL('../../sql/', import.meta.url), 'migrations'))
    for (const [, above = '', name = '', body = ''] of text.matchAll(table))
      comments.set(name, { text: uncommented(above), columns: columnsOf(body) })
  return comments
}

const columnsOf = (body: string) =>
  new Map(
    [...body.matchAll(column)].map(([, above = '', name = '']) => [
      name,
      uncommented(above).replaceAll('\n', ' ')
    ])
  )

const uncommented = (lines: string) => lines.replaceAll(/^ *-- ?/gm, '').trim()
