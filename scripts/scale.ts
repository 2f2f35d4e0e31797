import { scale } from './scale/scale.ts'
import { withTestServers } from './stack/test-servers/with-test-servers.ts'

// npm run test:scale -- [products]
// Times every list, search and look-up of the catalog against a million products (or as many as the argument says) on a
// cache miss, and checks that none reads a large table from end to end.

const products = Number(process.argv[2] ?? 1_000_000)
/** PostgreSQL's setting for a server with 4 GiB, as infra/operations.md recommends. */
const settings = ['shared_buffers=1GB']

if (!Number.isInteger(products) || products < 1000 || products > 10_000_000) {
  console.error('scale: the number of products is a whole number from 1,000 to 10,000,000')
  process.exit(1)
}
await withTestServers(
  'scale',
  ({ primary }, interrupted) => scale(primary.admin_url, products, interrupted),
  { place: 'disk', settings }
)
