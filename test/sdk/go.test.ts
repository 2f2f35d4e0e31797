import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { copyFlows, lacks, openShop, run } from './shop.ts'

const generator = 'github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2'

t.test(
  'a Go client passes vet, buys, and keeps the stock',
  { skip: lacks('go'), timeout: 600_000 },
  async (t) => {
    const { folder, document, env } = await openShop(t)
    await copyFlows('go', folder)
    await mkdir(path.join(folder, 'holdfast'))
    const here = { cwd: folder, env: { ...env, GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local' } }
    const words = ['-generate', 'types,client', '-package', 'holdfast', '-o', 'holdfast/client.go']
    t.notMatch(await run('go', ['run', generator, ...words, document], here), /warn/i)
    await run('go', ['mod', 'tidy'], here)
    await run('go', ['vet', './...'], here)
    t.match(await run('go', ['run', '.'], here), 'confirmed, stock 500, 3000000000')
  }
)
