import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { groups as ofNodes } from '../../plugins/kernel/variables.ts'
import { generators } from '../../scripts/docs.ts'
import { formatted } from '../../scripts/docs/generated.ts'
import { readSettings, root } from '../../scripts/stack/settings.ts'
import { groups as ofPrograms, type Variable } from '../../scripts/stack/variables.ts'

const programs = Object.assign({}, ...Object.values(ofPrograms)) as Record<string, Variable>
const nodes = Object.assign({}, ...Object.values(ofNodes)) as Record<string, object>

for (const document of generators)
  t.test(`${document.file} is what npm run docs writes`, async (t) => {
    t.equal(readFileSync(path.join(root, document.file), 'utf8'), await formatted(document))
  })

t.test('every variable that the repository names is described', async (t) => {
  const known = new Set([...Object.keys(nodes), ...Object.keys(programs), ...internal])
  for await (const file of glob('{*.ts,{plugins,routes,scripts,infra}/**/*}', { cwd: root })) {
    if (!/\.(ts|sh|ya?ml|service|template)$/.test(file)) continue
    const text = readFileSync(path.join(root, file), 'utf8')
    for (const [, name = ''] of text.matchAll(/\b(HOLDFAST_[A-Z_]+[A-Z])\b/g))
      t.ok(known.has(name), `${name} in ${file}`)
    for (const [, name = ''] of text.matchAll(/\benv\.([A-Z][A-Z_]+)\b/g))
      t.ok(known.has(name), `${name} in ${file}`)
  }
})

t.test('the defaults of npm start are those that are described', async (t) => {
  const described = Object.entries(programs).flatMap(([name, { default: value }]) =>
    value === undefined ? [] : [[name, value]]
  )
  t.same(readSettings(Object.fromEntries(described)), readSettings({}))
})

/** What programs of the repository tell each other. */
const internal = ['HOLDFAST_TEST_SERVERS', 'HOLDFAST_TEST_CRASHES', 'PATH', 'PGSSLMODE']
