import type { SourceFile } from './imports.ts'

/**
 * Words that leave a reader to guess what is meant: the thing has a name, and docs/glossary.md has it. They are looked for in
 * comments, log messages, documents and test titles, so in the whole text of every file.
 */
const forbidden = [
  { pattern: /\b(no|some|any)body\b/gi, instead: 'name the client, the node, the operator' },
  { pattern: /\bwhoever\b/gi, instead: 'name the client, the node, the operator' },
  { pattern: /\bthe door\b/gi, instead: 'the proxy' }
]

/** Texts that are not ours, that are data, or that list the words. */
const exempt =
  /^(package-lock\.json|LICENSE|scripts\/structure\/words\.ts|test\/scripts\/structure\.test\.ts)$|\.json$/

/** Where a forbidden word stands, one line each. */
export function findForbiddenWords(files: SourceFile[]): string[] {
  return files
    .filter(({ name }) => !exempt.test(name))
    .flatMap(({ name, text }) =>
      forbidden.flatMap(({ pattern, instead }) =>
        [...text.matchAll(pattern)].map(
          ({ 0: word, index }) => `${name}:${lineAt(text, index)} says "${word}": ${instead}`
        )
      )
    )
}

const lineAt = (text: string, index: number) => text.slice(0, index).split('\n').length
