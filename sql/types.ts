import type { Kysely } from 'kysely'
import type { DB } from './database.ts'

export type Database = DB

/** What a query function that only reads asks for: the primary, a replica or a transaction fit. */
export type Reader = Pick<Kysely<Database>, 'selectFrom' | 'fn'>
