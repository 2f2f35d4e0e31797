import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { checkName, relocate, rename } from './new/names.ts'
import { recipes, type Recipe } from './new/recipes.ts'
import { root } from './stack/settings.ts'
import { groups } from './structure/imports.ts'

// Begins what a recipe of CONTRIBUTING.md is about: copies the template, gives it its name, and makes it known.

// The template of a plugin uses the database, which lib and the kernel come before.
const groupsOfPlugins = groups.slice(2)
const usage = `npm run new -- ${Object.keys(recipes).join('|')} NAME [--group ${groupsOfPlugins.join('|')}]`

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { group: { type: 'string', default: 'background' }, help: { type: 'boolean' } }
  })
  const [kind = '', name, ...rest] = positionals
  if (values.help) console.log(usage)
  else if (!Object.hasOwn(recipes, kind) || !name || rest.length > 0) throw new Error(usage)
  else if (!groupsOfPlugins.includes(values.group))
    throw new Error(`a plugin of the template cannot be in ${values.group}: ${usage}`)
  else {
    checkName(name)
    make(recipes[kind as keyof typeof recipes](name, values.group), name)
  }
} catch (err) {
  console.error((err as Error).message)
  process.exitCode = 1
}

/** Works everything out before it writes anything: what cannot be made leaves nothing behind. */
function make({ copies, edits, next }: Recipe, name: string): void {
  const there = copies.find(({ to }) => existsSync(path.join(root, to)))
  if (there) throw new Error(`${there.to} is there already`)
  const texts = new Map<string, string>()
  for (const { from, to, named } of copies)
    for (const template of filesIn(from)) {
      const file = to + template.slice(from.length)
      texts.set(file, rename(relocate(read(template), template, file), name, named))
    }
  for (const { file, find, replace } of edits) {
    const text = texts.get(file) ?? read(file)
    if (!find.test(text)) throw new Error(`${file} has no place for it: ${find}`)
    texts.set(file, text.replace(find, replace))
  }

  for (const [file, text] of texts) {
    const changes = existsSync(path.join(root, file))
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
    writeFileSync(path.join(root, file), text)
    console.log(`${changes ? 'changed' : 'made'} ${file}`)
  }
  format([...texts.keys()])
  console.log(`next: ${next}`)
}

function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8')
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
