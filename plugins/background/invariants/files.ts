import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export type Invariant = {
  name: string
  /** What always holds. */
  meaning: string
  /** What to do when it does not. */
  remedy: string
  /** Returns the rows that break it: none, as a rule. */
  query: string
}

const folder = new URL('../../../sql/invariants/', import.meta.url)

/** sql/invariants/*.sql: a comment that says what holds and, after "When it fires:", what to do; then one query. */
export const readInvariants = (): Invariant[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .toSorted()
    .map((file) => parse(path.basename(file, '.sql'), readFileSync(new URL(file, folder), 'utf8')))

function parse(name: string, text: string): Invariant {
  const lines = text.trim().split('\n')
  const end = lines.findIndex((line) => !line.startsWith('-- '))
  const comment = lines
    .slice(0, end)
    .map((line) => line.slice('-- '.length))
    .join(' ')
  const [meaning, remedy] = comment.split(' When it fires: ')
  if (!meaning || !remedy) throw new Error(`sql/invariants/${name}.sql does not say what to do`)
  return { name, meaning, remedy, query: lines.slice(end).join('\n') }
}
