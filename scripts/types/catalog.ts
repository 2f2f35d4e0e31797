import type { Client } from 'pg'

export type Column = {
  name: string
  type: string
  nullable: boolean
  /** SQL; null: none. */
  default: string | null
  generated: boolean
}

export type Constraint = {
  name: string
  /** p: primary key, u: unique, f: foreign key, c: check. */
  kind: 'p' | 'u' | 'f' | 'c'
  columns: string[]
  /** The table that a foreign key refers to. */
  target: string | null
  definition: string
}

export type Table = {
  name: string
  columns: Column[]
  constraints: Constraint[]
  /** The definitions of indexes that belong to no constraint. */
  indexes: string[]
}

/** The tables of a migrated database as PostgreSQL's catalog has them, by name. */
export async function readTables(client: Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(`
    select c.relname as name,
      (select json_agg(json_build_object(
          'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'nullable', not a.attnotnull,
          'default', case when a.attidentity <> '' then 'identity' else pg_get_expr(d.adbin, d.adrelid) end,
          'generated', a.attgenerated <> '') order by a.attnum)
        from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
      (select coalesce(json_agg(json_build_object(
          'name', k.conname, 'kind', k.contype, 'target', k.confrelid::regclass,
          'definition', pg_get_constraintdef(k.oid, true),
          'columns', array(select a.attname from unnest(k.conkey) with ordinality as key (number, n)
                           join pg_attribute a on a.attrelid = c.oid and a.attnum = key.number order by key.n))
          order by array_position(array['p', 'u', 'f', 'c'], k.contype::text), k.conname), '[]')
        from pg_constraint k where k.conrelid = c.oid and k.contype in ('p', 'u', 'f', 'c')) as constraints,
      array(select pg_get_indexdef(i.indexrelid) from pg_index i
        where i.indrelid = c.oid and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
        order by i.indexrelid::regclass::text) as indexes
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
    order by c.relname`)
  return rows.map((table) => ({
    ...table,
    constraints: table.constraints.map((one) => ({
      ...one,
      target: one.target === '-' ? null : one.target
    }))
  }))
}

/** The values of each enumeration, in their order. */
export async function readEnums(client: Client): Promise<Map<string, string[]>> {
  const { rows } = await client.query<{ name: string; values: string[] }>(`
    select t.typname as name, array_agg(e.enumlabel::text order by e.enumsortorder) as values
    from pg_enum e join pg_type t on t.oid = e.enumtypid
    where t.typnamespace = 'public'::regnamespace
    group by t.typname order by t.typname`)
  return new Map(rows.map(({ name, values }) => [name, values]))
}
