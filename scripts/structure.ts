import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { findMisplacedImports } from './structure/imports.ts'
import { findUnregistered } from './structure/members.ts'
import { findForbiddenWords } from './structure/words.ts'
import { root } from './stack/settings.ts'

// Holds the rules of plugins/README.md and docs/glossary.md that neither the compiler nor the linter knows: which group may
// import which, that a group registers its plugins, and the words. Part of `npm run check`.

const list = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8'
})
const isFile = (name: string) =>
  statSync(path.join(root, name), { throwIfNoEntry: false })?.isFile()
const names = list.split('\n').filter((name) => name && isFile(name))
const files = names.map((name) => ({ name, text: readFileSync(path.join(root, name), 'utf8') }))

const faults = [
  ...findMisplacedImports(files),
  ...findUnregistered(files),
  ...findForbiddenWords(files)
]
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
