import { readFile } from 'node:fs/promises'
import { connected } from '../stack/postgres/cluster.ts'

const wordsFile = 'words.sql'

/**
 * Fills an empty, migrated database with the catalog of catalog.sql: about 20,000 products a second, because the listings
 * and the indexes (except keys and constraints) are built after the rows.
 */
export async function fillCatalog(url: string, products: number): Promise<void> {
  const [words, catalog, listings, listingWords] = await Promise.all(
    [wordsFile, 'catalog.sql', 'listings.sql', 'listing-words.sql'].map(read)
  )
  await connected(url, async (client) => {
    await client.query('begin')
    const { rows: indexes } = await client.query<{ name: string; text: string }>(
      `select indexname as name, indexdef as text from pg_indexes
       where schemaname = 'public' and tablename in ('products', 'listings')
         and indexname not in (select conname from pg_constraint)`
    )
    for (const { name } of indexes) await client.query(`drop index ${name}`)
    await client.query(`select set_config('scale.products', $1, true)`, [String(products)])
    await client.query(`set local jit = off; set local maintenance_work_mem = '256MB'`)
    await client.query(`set local session_replication_role = replica; ${words}; ${catalog}`)
    await client.query(`set local session_replication_role = origin; ${listings}; ${listingWords}`)
    for (const { text } of indexes) await client.query(text)
    await client.query('commit')
    await client.query('vacuum analyze')
  })
}

/** Words by their rank in the catalog: word 1 is in two products of three, word 5,000 in hardly any. */
export async function wordOf(url: string): Promise<(rank: number) => string> {
  const text = await read(wordsFile)
  return connected(url, async (client) => {
    await client.query(text)
    const { rows } = await client.query<{ word: string }>(
      'select pg_temp.word(n) as word from generate_series(1, 5000) as n order by n'
    )
    return (rank) => rows[rank - 1]!.word
  })
}

const read = (file: string) => readFile(new URL(file, import.meta.url), 'utf8')
