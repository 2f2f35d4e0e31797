import { availableParallelism, loadavg } from 'node:os'
import { listCategories } from '../../routes/categories/queries.ts'
import { findProduct, listProducts } from '../../routes/products/queries.ts'
import type { Reader } from '../../sql/types.ts'
import { createDatabase, withDatabase } from '../stack/postgres/cluster.ts'
import { migrate } from '../stack/postgres/migrate.ts'
import { fillCatalog, wordOf } from './catalog.ts'
import { openPlans, type Run } from './plans.ts'
import { large, limit, pages, searches, sorts, sortsOf, type Search } from './queries.ts'

/** The longest time of a cache miss, in ms: the median of three warm runs. */
const budget_ms = 50
/** The same of the searches that are known to be slow. */
const slow_budget_ms = 300
/** A result over its budget is measured again, up to this many rounds: another process may have been busy. */
const rounds = 4
/** On a machine with more work than processors everything takes longer; the budgets grow by this factor at most. */
const most_allowance = 4

/** Prints a table of times, and sets the exit code when a query is slower than its budget or scans a large table. */
export async function scale(server: string, products: number, interrupted: AbortSignal) {
  const url = withDatabase(server, 'scale')
  await createDatabase(server, 'scale')
  await migrate({ primary: url, replicas: [] })
  console.log(`filling the catalog with ${products.toLocaleString('en-US')} products`)
  await fillCatalog(url, products)

  const plans = await openPlans(url)
  const wordAt = await wordOf(url)
  try {
    if (allowance() > 1)
      console.log(`the machine is busy: budgets are ${allowance().toFixed(1)} times as long`)
    console.log(line('ms, first page and deepest', 'total', sorts))
    for (const search of searches(wordAt)) await list(search)
    const {
      value: { products: found }
    } = await plans.explain((db) => listProducts(db, { sort: 'name', page: 40, limit }))
    for (const { id, slug } of found.slice(0, 1)) {
      await lookUp('a product by its id', (db) => findProduct(db, id))
      await lookUp('a product by its slug', (db) => findProduct(db, slug))
    }
    await lookUp('the categories', listCategories)
  } finally {
    await plans.close()
  }

  async function list({ name, filter, is_slow }: Search) {
    const cells: string[] = []
    let found = ''
    const most_ms = is_slow ? slow_budget_ms : budget_ms
    for (const sort of sortsOf(filter)) {
      for (const page of pages(filter)) {
        const { run, value } = await measure(most_ms, (db) =>
          listProducts(db, { ...filter, sort, page, limit })
        )
        check(`${name}, ${sort}, page ${page}`, run, most_ms)
        cells.push(run.ms.toFixed(1).padStart(6))
        found = `${value.total}${value.reach ? '+' : ''}`
      }
    }
    console.log(line(name, found, pairs(cells)))
  }

  async function lookUp(name: string, work: (db: Reader) => Promise<unknown>) {
    const { run } = await measure(budget_ms, work)
    check(name, run, budget_ms)
    console.log(line(name, '', [run.ms.toFixed(1).padStart(6)]))
  }

  async function measure<T>(most_ms: number, work: (db: Reader) => Promise<T>) {
    for (let round = 1; ; round++) {
      const runs: { run: Run; value: T }[] = []
      for (let at = 0; at < 3; at++) runs.push(await plans.explain(work))
      interrupted.throwIfAborted()
      const median = runs.toSorted((a, b) => a.run.ms - b.run.ms)[1]!
      if (median.run.ms <= most_ms * allowance() || round === rounds) return median
    }
  }
}

function check(what: string, { ms, scanned }: Run, most_ms: number) {
  const whole = scanned.filter((table) => large.includes(table))
  const wrong = [
    ms > most_ms * allowance() && `${ms.toFixed(0)} ms are more than ${most_ms}`,
    whole.length > 0 && `reads all of ${whole.join(' and ')}`
  ].filter(Boolean)
  if (wrong.length === 0) return
  console.error(`${what}: ${wrong.join(', ')}`)
  process.exitCode = 1
}

function allowance() {
  const work = loadavg()[0]! / availableParallelism()
  return Math.min(Math.max(work, 1), most_allowance)
}

function line(name: string, total: string, cells: readonly string[]) {
  return [name.padEnd(32), total.padStart(6), ...cells.map((cell) => cell.padEnd(14))].join('  ')
}

function pairs(cells: string[]) {
  return cells.flatMap((cell, at) => (at % 2 === 0 ? [`${cell} ${cells[at + 1]}`] : []))
}
