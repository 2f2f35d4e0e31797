import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { build } from '../../support/build.ts'

t.test('a node shows the age of the newest backup', async (t) => {
  const node = await build(t)
  const age = async () => {
    const found = await node.metrics.registry.getSingleMetric('holdfast_backup_age_seconds')!.get()
    return found.values[0]!.value
  }
  t.equal(await age(), Infinity, 'there is none')
  t.match(await node.metrics.registry.metrics(), /^holdfast_backup_age_seconds \+Inf$/m)

  const folder = node.config.HOLDFAST_BACKUPS
  mkdirSync(folder, { recursive: true })
  const note = (text: string) => writeFileSync(path.join(folder, 'latest.json'), text)
  note(JSON.stringify({ taken_at: new Date(Date.now() - 60_000).toISOString() }))
  t.ok(Math.abs((await age()) - 60) < 5)
  note('{')
  t.equal(await age(), Infinity, 'it cannot be read')
})
