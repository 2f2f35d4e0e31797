import type { Client } from 'pg'
import { connected } from './cluster.ts'
import { otherRights, rights } from './rights.ts'
import type { Role } from './schema.ts'

/**
 * Grants the nodes' role what it needs: read everything, also the migrator's tables, and on the primary write what rights.ts
 * lists. Never truncate, never DDL. What it had before and is not listed is taken away, in the same transaction. Default
 * privileges do the same for tables of later migrations.
 */
export async function grantRole(url: string, where: Role, role: string): Promise<void> {
  await connected(url, async (client) => {
    const { rows } = await client.query<{ is_owner: boolean }>(
      'select current_user = $1 as is_owner',
      [role]
    )
    // The owner of the tables needs no grants, and must not lose its rights.
    if (rows[0]?.is_owner) return
    const app = client.escapeIdentifier(role)
    const writes = otherRights.join(', ')
    const statements = [
      `grant usage on schema public, meta to ${app}`,
      `grant select on all tables in schema meta, public to ${app}`,
      `revoke ${writes} on all tables in schema public from ${app}`,
      ...(where === 'primary' ? await writesOf(client, app) : []),
      `grant execute on all functions in schema public to ${app}`,
      `alter default privileges in schema public grant select on tables to ${app}`,
      where === 'primary'
        ? `alter default privileges in schema public grant ${writes} on tables to ${app}`
        : `alter default privileges in schema public revoke ${writes} on tables from ${app}`,
      `alter default privileges in schema public grant execute on functions to ${app}`
    ]
    await client.query(statements.join(';\n'))
  })
}

async function writesOf(client: Client, app: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string; columns: string[] }>(
    `select relname as name,
            array(select attname::text from pg_attribute where attrelid = pg_class.oid and attnum > 0) as columns
       from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1`
  )
  return rows.flatMap(({ name, columns }) =>
    (rights[name] ?? otherRights)
      .flatMap((right) => withColumns(right, columns))
      .map((right) => `grant ${right} on ${client.escapeIdentifier(name)} to ${app}`)
  )
}

/** A schema that is migrated to an earlier version lacks columns of later ones. */
function withColumns(right: string, columns: string[]): string[] {
  const [, verb, list] = /^(\w+) \((.+)\)$/.exec(right) ?? []
  if (!verb || !list) return [right]
  const known = list.split(', ').filter((column) => columns.includes(column))
  return known.length > 0 ? [`${verb} (${known.join(', ')})`] : []
}
