import { readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { reasons } from '../../plugins/storage/replicas/health.ts'
import { root } from '../../scripts/stack/settings.ts'

const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
const runbook = read('infra/operations.md')

t.test('the runbook explains every reason that /admin/replication gives', async (t) => {
  for (const reason of reasons) t.match(runbook, `\n| \`${reason}\` `)
})

t.test('every alert has a chapter in the runbook', async (t) => {
  for (const [, alert] of read('infra/prometheus/alerts.yml').matchAll(/- alert: (\w+)/g))
    t.match(runbook, `\n### ${alert}\n`)
})

t.test('every npm command of the runbook exists', async (t) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  for (const [, name = ''] of runbook.matchAll(/npm run ([\w:]+)/g)) t.ok(name in scripts, name)
})
