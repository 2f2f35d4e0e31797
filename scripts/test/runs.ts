import { globSync } from 'node:fs'
import { root } from '../stack/settings.ts'

/**
 * What CI runs, in two parts. Tests that need the whole stack, nodes that are killed, a browser or copies of the project lie
 * in test/system: they take longest, and belong to `npm run test:system`. All others belong to `npm test`. Clients that are
 * generated from the OpenAPI document lie in test/sdk, with the tools of five languages: `npm run test:sdk`. CI runs those
 * that need nothing but npm.
 */
const runs = {
  quick: { files: 'test/**/*.test.ts', exclude: ['test/system/**', 'test/sdk/**'], options: [] },
  // Each file of this run starts several processes. More files at a time only make them wait for each other.
  system: {
    files: ['test/system/**/*.test.ts', 'test/sdk/{lint,typescript}.test.ts'],
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
