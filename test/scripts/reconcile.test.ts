import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import t from 'tap'
import { root } from '../../scripts/stack/settings.ts'
import { buyer, stock } from '../support/buyer.ts'
import { build, environmentOf } from '../support/build.ts'
import { newCharge, originOf } from '../contracts/charges.ts'

const app = await build(t, { RESOLVER_INTERVAL_MS: '60000', RECONCILE_INTERVAL_SECONDS: '0' })
const { env } = environmentOf(app)
const since = new Date(Date.now() - 60_000).toISOString()

const reconcile = (...words: string[]) =>
  new Promise<{ code: number; out: string }>((resolve) => {
    const file = path.join(root, 'scripts', 'reconcile.ts')
    execFile(
      process.execPath,
      [file, ...words],
      { env: { ...process.env, ...env } },
      (err, stdout, stderr) =>
        resolve({ code: err ? Number(err.code) : 0, out: `${stdout}${stderr}` })
    )
  })

const lost = newCharge('tok_success', { amount: 700, ...originOf(app) })
const { payment_id } = lost
await app.payments.charge(lost)

t.test('npm run reconcile -- --dry-run reports differences and changes nothing', async (t) => {
  const { code, out } = await reconcile('--since', since, '--dry-run')
  t.equal(code, 1, out)
  t.match(out, `unknown    left      payment ${payment_id}, 700 USD`)
})

t.test('npm run reconcile shows the charges of lost orders, and gives none back', async (t) => {
  const { code, out } = await reconcile('--since', since)
  t.equal(code, 1, out)
  t.match(out, `unknown    left      payment ${payment_id}, 700 USD`)
  t.match(out, `to give them back: npm run reconcile -- --since ${since} --give-back 1`)
})

t.test('npm run reconcile -- --give-back wants the number that was shown', async (t) => {
  const wrong = await reconcile('--since', since, '--give-back', '2')
  t.equal(wrong.code, 1, wrong.out)
  t.match(wrong.out, /^1 of a lost order, 700 in minor units, not 2: nothing was given back/m)

  const { code, out } = await reconcile('--since', since, '--give-back', '1')
  t.equal(code, 0, out)
  t.match(out, `unknown    refunded  payment ${payment_id}, 700 USD`)
  t.match(out, /^1 charges since .+: 1 differ, 0 of them are left$/m)
})

t.test('npm run reconcile exits with 1 when a difference is left', async (t) => {
  const [tea] = await stock(app, 5)
  const { body } = await buyer(app).buy([{ product_id: tea!, quantity: 1 }])
  const { id, amount } = body.payment
  await app.payments.refund({ refund_id: randomUUID(), payment_id: id, ...amount })
  const { code, out } = await reconcile('--since', since)
  t.equal(code, 1, out)
  t.match(out, `refunds    left      payment ${id}, order ${body.id}, 100 USD`)
})

t.test('npm run reconcile names an option that is wrong', async (t) => {
  const { code, out } = await reconcile('--since', 'yesterday-ish')
  t.equal(code, 1)
  t.match(out, /^reconcile: --since is a time, as .+\n$/)
  t.match((await reconcile('--give-back', 'all')).out, /^reconcile: --give-back is how many .+\n$/)
})
