import { connected } from './cluster.ts'
import type { Role } from './schema.ts'

const writes = 'insert, update, delete'

/**
 * What the nodes' role may do: read and write on the primary, read on a replica, and see what was migrated.
 * Never truncate, never DDL.
 * The defaults make the same true of tables that come later.
 */
export async function grantRole(url: string, where: Role, role: string): Promise<void> {
  await connected(url, async (client) => {
    const { rows } = await client.query<{ it_is_us: boolean }>(
      'select current_user = $1 as it_is_us',
      [role]
    )
    // An owner needs no grants, and must not lose its rights.
    if (rows[0]?.it_is_us) return
    const app = client.escapeIdentifier(role)
    const tables = where === 'primary' ? `select, ${writes}` : 'select'
    const statements = [
      `grant usage on schema public, meta to ${app}`,
      `grant select on all tables in schema meta to ${app}`,
      ...(where === 'replica'
        ? [`revoke ${writes} on all tables in schema public from ${app}`]
        : []),
      `grant ${tables} on all tables in schema public to ${app}`,
      `grant execute on all functions in schema public to ${app}`,
      ...(where === 'replica'
        ? [`alter default privileges in schema public revoke ${writes} on tables from ${app}`]
        : []),
      `alter default privileges in schema public grant ${tables} on tables to ${app}`,
      `alter default privileges in schema public grant execute on functions to ${app}`
    ]
    await client.query(statements.join(';\n'))
  })
}
