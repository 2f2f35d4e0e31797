import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { relocate, rename } from './new/names.ts'
import { recipes, type Recipe } from './new/recipes.ts'
import { root } from './stack/settings.ts'
import { groups } from './structure/imports.ts'

// Begins what a recipe of CONTRIBUTING.md is about: copies the template, gives it its name, and makes it known.

const usage = `npm run new -- ${Object.keys(recipes).join('|')} NAME [--group ${groups.slice(1).join('|')}]`

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { group: { type: 'string', default: 'background' } }
  })
  const [kind = '', name, ...rest] = positionals
  if (!(kind in recipes) || !name || rest.length > 0) throw new Error(usage)
  if (!groups.slice(1).includes(values.group)) throw new Error(usage)
  make(recipes[kind as keyof typeof recipes](name, values.group), name)
} catch (err) {
  console.error((err as Error).message)
  process.exitCode = 1
}

function make({ copies, edits, next }: Recipe, name: string): void {
  const there = copies.find(({ to }) => existsSync(path.join(root, to)))
  if (there) throw new Error(`${there.to} is there already`)
  for (const { from, to, named } of copies) {
    cpSync(path.join(root, from), path.join(root, to), { recursive: true })
    for (const file of filesIn(to)) {
      const template = from + file.slice(to.length)
      const text = readFileSync(path.join(root, file), 'utf8')
      writeFileSync(path.join(root, file), rename(relocate(text, template, file), name, named))
    }
    console.log(`made ${to}`)
  }
  for (const { file, find, replace } of edits) {
    const at = path.join(root, file)
    const text = readFileSync(at, 'utf8')
    if (!find.test(text)) throw new Error(`${file} has no place for it: ${find}`)
    writeFileSync(at, text.replace(find, replace))
    console.log(`changed ${file}`)
  }
  format([...copies.map(({ to }) => to), ...edits.map(({ file }) => file)])
  console.log(`next: ${next}`)
}

/** Names differ in length, so lines may have to be broken. */
function format(places: string[]): void {
  const program = path.join(root, 'node_modules/.bin/prettier')
  execFileSync(program, ['--write', '--log-level', 'warn', ...places], { cwd: root })
}

function filesIn(place: string): string[] {
  const here = path.join(root, place)
  if (!statSync(here).isDirectory()) return [place]
  return readdirSync(here).flatMap((name) => filesIn(`${place}/${name}`))
}
