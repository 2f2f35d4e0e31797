import { globSync } from 'node:fs'
import { root } from '../stack/settings.ts'

/**
 * Tests that are long because they leave nothing out: every pair of requests in many orders of their steps, every search in
 * every order of the list, every state of a model. Of the pairs `npm test` plays a short form, test/pairs/orders.test.ts.
 */
const exhaustive = [
  'test/pairs/{checkouts,others}.test.ts',
  'test/model/{checkout,cache}.test.ts',
  'test/sql/find-products.test.ts',
  'test/routes/product-plans.test.ts'
]

/** Commands of an operator that start servers or processes of their own, or fill whole databases. */
const commands = [
  'test/scripts/{backup,backup-safety,binary-replication,drill,migrate,promote,promote-outbox}.test.ts',
  'test/scripts/{provision,reconcile,replica-resync}.test.ts',
  'test/scripts/{proxy*,replication,rights,seed,sinks,start,upgrade-catalog,upstreams}.test.ts'
]

/** What the other servers miss, and catch up with, while one of them is away for longer. */
const outages = [
  'test/plugins/background/outbox/{batches,sinks,sink-outage}.test.ts',
  'test/plugins/storage/replicas/{health,watermark}.test.ts'
]

const long = [...exhaustive, ...commands, ...outages]

/**
 * What CI runs, in two parts. Tests that need the whole stack, nodes that are killed, a browser or copies of the project lie
 * in test/system: they take longest, and belong to `npm run test:system` with the exhaustive ones, the commands of an
 * operator and the long outages. All others belong to `npm test`. Clients that are generated from the OpenAPI document lie in
 * test/sdk, with the tools of five languages: `npm run test:sdk`. CI runs those that need nothing but npm.
 */
const runs = {
  quick: {
    files: 'test/**/*.test.ts',
    exclude: ['test/system/**', 'test/sdk/**', ...long],
    options: []
  },
  // Each file of this run starts several processes. More files at a time only make them wait for each other.
  system: {
    files: ['test/system/**/*.test.ts', 'test/sdk/{lint,typescript}.test.ts', ...long],
    exclude: [],
    options: ['--jobs=2']
  },
  sdk: { files: 'test/sdk/*.test.ts', exclude: [], options: ['--jobs=1', '--timeout=900'] }
}

export type RunName = keyof typeof runs

export const isRunName = (word: string): word is RunName => Object.hasOwn(runs, word)

/** What tap is told for a run. */
export function wordsOf(name: RunName): string[] {
  const { files, exclude, options } = runs[name]
  return [...options, ...globSync(files, { cwd: root, exclude }).toSorted()]
}
