import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('../../', import.meta.url))

const ignored = ['node_modules', '.git', '.holdfast', '.tap']
const pages = globSync('**/*.md', { cwd: root, exclude: ignores }).toSorted()

t.test('the repository has Markdown pages to check', async (t) => {
  for (const page of ['README.md', 'CONTRIBUTING.md', 'docs/glossary.md'])
    t.ok(pages.includes(page), page)
})

for (const page of pages) {
  const text = readFileSync(path.join(root, page), 'utf8')

  t.test(`every relative link of ${page} leads to a file and a heading that exist`, async (t) => {
    t.same(
      linksOf(text).filter((link) => !leadsSomewhere(page, link)),
      []
    )
  })

  t.test(`every file that ${page} names in backticks exists`, async (t) => {
    t.same(
      namedFiles(text).filter((file) => !exists(page, file)),
      []
    )
  })
}

t.test('a link to a missing file or heading is found', async (t) => {
  const broken = ['nowhere.md', '#no-such-heading', 'docs/glossary.md#no-such-heading']
  for (const link of broken) t.notOk(leadsSomewhere('README.md', link), link)
  t.ok(leadsSomewhere('README.md', 'docs/glossary.md#words-of-older-commits'))
  t.same(linksOf('[a](b.md) `[c](d.md)` [e](https://f) ![g](h.png "i")'), ['b.md', 'h.png'])
  t.same(namedFiles('`plugins/a.ts` `a.ts` `routes/<name>/index.ts` `npm test -- test/b.ts`'), [
    'plugins/a.ts'
  ])
})

/** The relative targets of the links outside code. */
function linksOf(text: string): string[] {
  const links = withoutFences(text)
    .replaceAll(/`[^`\n]*`/g, '')
    .matchAll(/\]\(([^()\s]+)(?:\s+"[^"]*")?\)/g)
  return [...links].map(([, link]) => link!).filter((link) => !/^[a-z]+:/i.test(link))
}

/** Paths with a folder and one of the extensions that the repository's own files have. */
function namedFiles(text: string): string[] {
  const names = withoutFences(text).matchAll(/`([\w@.-]+(?:\/[\w@.-]+)+\.(?:ts|sql|lua|md|sh))`/g)
  return [...names].map(([, name]) => name!)
}

function leadsSomewhere(page: string, link: string): boolean {
  const [file = '', heading] = decodeURIComponent(link).split('#')
  const target = file === '' ? page : path.join(path.dirname(page), file)
  if (!existsSync(path.join(root, target))) return false
  return heading === undefined || headingsOf(target).includes(heading)
}

/** A page names files as they are seen from the root, or from its own folder. */
const exists = (page: string, file: string) =>
  [root, path.join(root, path.dirname(page))].some((from) => existsSync(path.join(from, file)))

/** The anchors of a page, as GitHub makes them. */
function headingsOf(page: string): string[] {
  const text = withoutFences(readFileSync(path.join(root, page), 'utf8'))
  const seen = new Map<string, number>()
  return [...text.matchAll(/^#{1,6} +(.+?) *#*$/gm)].map(([, heading]) => {
    const anchor = heading!
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-')
    const times = seen.get(anchor) ?? 0
    seen.set(anchor, times + 1)
    return times === 0 ? anchor : `${anchor}-${times}`
  })
}

const withoutFences = (text: string) => text.replaceAll(/^ *(```|~~~)[^]*?^ *\1 *$/gm, '')

function ignores(entry: string) {
  return ignored.includes(path.basename(entry))
}
