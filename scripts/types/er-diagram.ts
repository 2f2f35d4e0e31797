import type { Constraint, Table } from './catalog.ts'

/** A Mermaid diagram of the tables that foreign keys connect, with their key columns only. */
export function erDiagram(tables: Table[]): string {
  const references = tables.flatMap((table) =>
    foreignKeys(table).map((key) => ({ table, key, target: key.target! }))
  )
  const drawn = new Set(references.flatMap(({ table, target }) => [table.name, target]))
  const lines = [
    ...references.map(({ table, key, target }) => relation(table, key, target)),
    ...tables.filter(({ name }) => drawn.has(name)).flatMap(entity)
  ]
  return ['```mermaid', 'erDiagram', ...lines.map((line) => `  ${line}`), '```'].join('\n')
}

const foreignKeys = ({ constraints }: Table) => constraints.filter(({ kind }) => kind === 'f')

/** Crow's feet: how many of the target one row refers to, and how many rows refer to one of the target. */
function relation(table: Table, { columns }: Constraint, target: string): string {
  const isOptional = table.columns.some(({ name, nullable }) => columns.includes(name) && nullable)
  const isAlone = table.constraints.some(
    (one) => 'pu'.includes(one.kind) && one.columns.every((name) => columns.includes(name))
  )
  return `${target} ${isOptional ? '|o' : '||'}--${isAlone ? 'o|' : 'o{'} ${table.name} : ${columns[0]}`
}

function entity({ name, columns, constraints }: Table): string[] {
  const has = (column: string, wanted: string) =>
    constraints.some(({ kind, columns: of }) => kind === wanted && of.includes(column))
  const keys = columns.flatMap((column) => {
    const marks = [has(column.name, 'p') && 'PK', has(column.name, 'f') && 'FK'].filter(Boolean)
    return marks.length > 0
      ? [`  ${shortType(column.type)} ${column.name} ${marks.join(', ')}`]
      : []
  })
  return [`${name} {`, ...keys, '}']
}

/** As migrations write it. */
export const shortType = (type: string) =>
  type
    .replace('timestamp with time zone', 'timestamptz')
    .replace(/^character\((\d+)\)$/, 'char($1)')
