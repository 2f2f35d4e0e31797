import { readFile } from 'node:fs/promises'
import type { Client } from 'pg'
import { departments } from './departments.ts'
import { opened_at, type SampleProduct, sampleProduct } from './product.ts'
import { random, seedOf, uuid7 } from './random.ts'
import { connected } from '../stack/postgres/cluster.ts'

/** Products of one insert statement; a million products take a thousand statements. */
const batch_size = 1_000

/**
 * Fills an empty shop with a sample catalog of 1 to 1,000,000 products, the same every time. A shop that has a product
 * is left alone. One transaction, so that an interrupted seed leaves nothing behind.
 */
export async function seed(primaryUrl: string, products: number, currency: string): Promise<void> {
  if (!Number.isInteger(products) || products < 1 || products > 1_000_000) {
    throw new Error('the sample catalog has 1 to 1,000,000 products')
  }
  const sql = await statements()
  await connected(primaryUrl, async (client) => {
    await client.query('begin')
    // Of two seeds at once the second waits, and then finds the products of the first.
    await client.query(`select pg_advisory_xact_lock(hashtext('holdfast seed'))`)
    const { rowCount } = await client.query('select from products limit 1')
    if (rowCount === 0) {
      await insertCategories(client, sql.categories)
      for (let first = 0; first < products; first += batch_size) {
        const length = Math.min(batch_size, products - first)
        const batch = Array.from({ length }, (_, index) => sampleProduct(first + index))
        await insertProducts(client, sql.products, batch, currency)
      }
    }
    await client.query('commit')
  })
}

async function insertCategories(client: Client, text: string) {
  const roots = departments.map((department) => ({ ...department, parent: null }))
  const below = departments.flatMap(({ slug, categories }) =>
    categories.map((category) => ({ ...category, parent: slug }))
  )
  for (const level of [roots, below]) {
    await client.query(text, [
      level.map(({ slug }) => uuid7(opened_at, random(seedOf(slug)))),
      level.map(({ slug }) => slug),
      level.map(({ name }) => name),
      level.map(({ description }) => description),
      level.map(({ parent }) => parent),
      new Date(opened_at)
    ])
  }
}

async function insertProducts(
  client: Client,
  text: string,
  batch: SampleProduct[],
  currency: string
) {
  await client.query(text, [
    batch.map(({ id }) => id),
    batch.map(({ sku }) => sku),
    batch.map(({ slug }) => slug),
    batch.map(({ name }) => name),
    batch.map(({ description }) => description),
    batch.map(({ category }) => category),
    batch.map(({ price }) => price),
    batch.map(({ attributes }) => JSON.stringify(attributes)),
    batch.map(({ quantity }) => quantity),
    batch.map(({ created_at }) => created_at),
    currency
  ])
}

async function statements() {
  const [categories, products] = await Promise.all([
    read('insert-categories.sql'),
    read('insert-products.sql')
  ])
  return { categories, products }
}

function read(name: string) {
  return readFile(new URL(name, import.meta.url), 'utf8')
}
