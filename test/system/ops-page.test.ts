import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import t from 'tap'
import { find } from '../../scripts/stack/supervisor/binaries.ts'
import { build, environmentOf, until } from '../support/build.ts'
import { stock } from '../support/buyer.ts'

const chromium = find('chromium')
t.test(
  'a browser draws every chart of the operations page, and shows a broken invariant',
  { skip: !chromium && 'chromium is not installed' },
  async (t) => {
    const app = await build(t, {}, { replica: true })
    await stock(app, 1)
    await environmentOf(app).sql.query('update inventory set quantity = quantity + 1')
    await app.checkInvariants()
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    const words = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${t.testdir()}`]
    const dom = await until(
      'the page',
      async () => {
        const { stdout } = await promisify(execFile)(
          chromium!,
          [...words, '--virtual-time-budget=7000', '--dump-dom', `${url}/ops?${randomUUID()}`],
          { timeout: 40_000 }
        )
        return stdout.includes('<svg') && stdout
      },
      30_000
    )
    t.match(dom, /id="status"[^>]*>this node|id="status"[^>]*data-state="(good|bad)"/)
    t.equal(dom.match(/<svg/g)!.length, 8, 'every chart')
    t.match(dom, /<dd>\d broken<\/dd>/)
    t.match(dom, /<li><b>InvariantViolated<\/b> [^<]*stock-equals-ledger/, 'the alert that fires')
  }
)
