import { sql, type Transaction } from 'kysely'
import { uuidForm } from '../../../plugins/kernel/http/schemas.ts'
import { slugOf } from '../../../plugins/lib/slug.ts'
import type { Database, Reader } from '../../../sql/types.ts'

type Named = { id: string; name: string; sku: string }

/**
 * A slug for a product that was sent without one: of its name, of its SKU when the name has neither letters nor digits, of its
 * id when the SKU has none either. The second product of a name gets -2, and a slug that a product had before is left to it.
 * Products of one name are made one after the other: the lock lasts until the transaction ends.
 */
export async function freeSlug(trx: Transaction<Database>, product: Named): Promise<string> {
  const base = baseOf(product)
  await sql`select pg_advisory_xact_lock(hashtextextended(${`holdfast slug ${base}`}, 0))`.execute(
    trx
  )
  for (let first = 1, many = 10; ; first += many, many *= 10) {
    const wanted = Array.from({ length: many }, (_, at) => numbered(base, first + at))
    const taken = await takenOf(trx, wanted)
    const free = wanted.find((slug) => !taken.has(slug))
    if (free !== undefined) return free
  }
}

function baseOf({ id, name, sku }: Named): string {
  const slug = slugOf(name) || slugOf(sku) || id.slice(-12)
  // A path with a UUID names a product by its id.
  return slug === id.slice(-12) || uuidForm.test(slug) ? `product-${slug}` : slug
}

const numbered = (base: string, n: number) => (n === 1 ? base : slugOf(base, `-${n}`))

async function takenOf(db: Reader, slugs: string[]): Promise<Set<string>> {
  const rows = await db
    .selectFrom('products')
    .select('slug')
    .where('slug', 'in', slugs)
    .unionAll(db.selectFrom('former_slugs').select('slug').where('slug', 'in', slugs))
    .execute()
  return new Set(rows.map(({ slug }) => slug))
}
