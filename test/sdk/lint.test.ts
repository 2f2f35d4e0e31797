import { cp } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { npmTools, openShop, run } from './shop.ts'

t.test(
  'the recommended rules of redocly and spectral find nothing in the document',
  { timeout: 300_000 },
  async (t) => {
    const [{ document, folder }, installed] = await Promise.all([openShop(t), npmTools('lint')])
    const rules = path.join(folder, 'spectral.yaml')
    await cp(path.join(import.meta.dirname, 'lint/spectral.yaml'), rules)
    const bin = (name: string) => path.join(installed, 'node_modules/.bin', name)
    const env = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
    const here = { cwd: folder, env }
    const redocly = await run(bin('redocly'), ['lint', document], here)
    t.match(redocly, 'Your API description is valid')
    t.notMatch(redocly, /[1-9]\d* (warning|error)/)
    const words = ['lint', document, '-r', rules, '--fail-severity', 'hint']
    t.match(await run(bin('spectral'), words, here), 'No results')
  }
)
