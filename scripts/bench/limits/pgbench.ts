import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import {
  connected,
  createDatabase,
  toolEnvironment,
  withDatabase
} from '../../stack/postgres/cluster.ts'
import type { Measured } from '../wrk.ts'

/** One product in as many as a shop has, or always the same. */
export type Pick = 'spread' | 'hot'

const name = 'limit'
const script = (file: string) => path.join(import.meta.dirname, file)

/** Makes the database of pgbench on the primary itself: four tables without a ledger, events or an outbox. */
export async function createLimit(primary: string, products: number): Promise<void> {
  await createDatabase(primary, name)
  const text = await readFile(script('tables.sql'), 'utf8')
  await connected(withDatabase(primary, name), async (client) => {
    await client.query(text)
    await client.query(
      'insert into stock select n, 1000000000 from generate_series(1, $1::int) as n',
      [products]
    )
  })
}

/** Orders of two transactions by pgbench, as many at a time as there are connections. */
export async function pgbench(
  bin: string,
  primary: string,
  products: number,
  { pick, connections }: { pick: Pick; connections: number },
  seconds: number
): Promise<Measured> {
  const url = withDatabase(primary, name)
  // What earlier rounds have left would make later ones slower.
  await connected(url, async (client) => {
    await client.query('truncate orders, items, payments')
    await client.query('vacuum (analyze) stock')
  })
  const { stdout } = await promisify(execFile)(
    path.join(bin, 'pgbench'),
    [
      '-n',
      '-M',
      'prepared',
      '-j1',
      `-c${connections}`,
      `-T${seconds}`,
      '-D',
      `most=${pick === 'hot' ? 1 : products}`,
      '-f',
      script('order.pgbench')
    ],
    { env: toolEnvironment(url), maxBuffer: 1e8 }
  )
  const rate = Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1])
  const operations = Number(/^number of transactions actually processed: (\d+)/m.exec(stdout)?.[1])
  if (!rate || !operations) throw new Error(`pgbench said nothing of its rate: ${stdout}`)
  return { operations, seconds: operations / rate }
}
