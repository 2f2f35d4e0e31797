import { parseArgs } from 'node:util'
import { seed } from './seed/seed.ts'

// npm run seed
// Fills the empty shop at PRIMARY_URL with HOLDFAST_PRODUCTS (200) sample products.

async function main() {
  parseArgs({ options: {} })
  const { PRIMARY_URL, HOLDFAST_PRODUCTS, HOLDFAST_CURRENCY } = process.env
  if (!PRIMARY_URL) throw new Error('set PRIMARY_URL to the database to fill')
  await seed(PRIMARY_URL, Number(HOLDFAST_PRODUCTS || 200), HOLDFAST_CURRENCY || 'USD')
}

await main().catch((err: Error) => {
  console.error(`seed: ${err.message}`)
  process.exitCode = 1
})
