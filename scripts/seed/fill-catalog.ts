import { connected } from '../stack/postgres/cluster.ts'
import type { Settings } from '../stack/settings.ts'
import { seed } from './seed.ts'

/** Puts the sample catalog into a shop that has no product yet, and says so. */
export async function fillCatalog(
  primary: string,
  { products, currency }: Pick<Settings, 'products' | 'currency'>,
  say: (line: string) => void
): Promise<void> {
  if (products === 0) return
  const { rowCount } = await connected(primary, (client) =>
    client.query('select from products limit 1')
  )
  if (rowCount) return
  say(`putting ${products} sample products into the empty shop`)
  await seed(primary, products, currency)
}
