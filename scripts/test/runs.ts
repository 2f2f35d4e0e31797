import { globSync } from 'node:fs'
import { root } from '../stack/settings.ts'

/**
 * What CI runs, in two parts. Tests that need the whole stack, nodes that are killed, a browser or copies of the project lie
 * in test/system: they take longest, and belong to `npm run test:system`. All others belong to `npm test`.
 */
const runs = {
  quick: { folder: 'test', exclude: ['test/system/**'], options: [] },
  // Each file of this run starts several processes. More files at a time only make them wait for each other.
  system: { folder: 'test/system', exclude: [], options: ['--jobs=2'] }
}

export type RunName = keyof typeof runs

export const isRunName = (word: string): word is RunName => Object.hasOwn(runs, word)

/** What tap is told for a run. */
export function wordsOf(name: RunName): string[] {
  const { folder, exclude, options } = runs[name]
  const files = globSync(`${folder}/**/*.test.ts`, { cwd: root, exclude })
  return [...options, ...files.toSorted()]
}
