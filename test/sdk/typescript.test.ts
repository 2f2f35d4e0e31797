import { readFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { copyFlows, linkPackages, npmTools, openShop, run } from './shop.ts'

t.test(
  'TypeScript clients of two generators compile strictly, buy, and keep the stock',
  { timeout: 300_000 },
  async (t) => {
    const [{ folder, document, env }, installed] = await Promise.all([
      openShop(t),
      npmTools('typescript')
    ])
    await copyFlows('typescript', folder)
    await linkPackages(installed, folder)
    const bin = (name: string) => path.join(folder, 'node_modules/.bin', name)
    const here = { cwd: folder, env }
    const [types, hey] = await Promise.all([
      run(bin('openapi-typescript'), [document, '-o', 'schema.d.ts'], here),
      run(bin('openapi-ts'), ['-i', document, '-o', 'hey'], here)
    ])
    t.notMatch(types + hey, /warn|error/i)
    t.match(
      await readFile(path.join(folder, 'hey/types.gen.ts'), 'utf8'),
      'export type NewCheckout'
    )

    await run(bin('tsc'), ['-p', '.'], here)
    for (const flow of ['flow-fetch.js', 'flow-hey.js'])
      t.match(await run(process.execPath, [`made/${flow}`], here), 'confirmed, stock 500')
  }
)
