import { connected } from './cluster.ts'
import type { Role } from './schema.ts'

const writes = 'insert, update, delete'

/**
 * Grants the nodes' role what it needs: read and write on the primary, read on a replica, and read the migrator's tables.
 * Never truncate, never DDL. Default privileges do the same for tables of later migrations.
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
