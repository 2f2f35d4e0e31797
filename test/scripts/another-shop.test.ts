import t from 'tap'
import { becomeAnotherShop } from '../../scripts/restore/another-shop.ts'
import { connected } from '../../scripts/stack/postgres/cluster.ts'
import { beginEpoch } from '../../scripts/stack/postgres/new-epoch.ts'
import { build, environmentOf } from '../support/build.ts'
import { buyer, stock, unitsOf, type Buyer } from '../support/buyer.ts'

t.test(
  'a copy is another shop, and asks no provider about the payments of the original',
  async (t) => {
    const quiet = { RESOLVER_INTERVAL_MS: '60000', RECONCILE_INTERVAL_SECONDS: '0' }
    const original = await build(t, quiet)
    const home = environmentOf(original)
    const { sql, primaryUrl, folder } = home
    const [tea] = await stock(original, 5)
    const buy = (who: Buyer, token?: string) => who.buy([{ product_id: tea!, quantity: 1 }], token)
    const [ada, grace] = [buyer(original), buyer(original)]
    const { body: kept } = await buy(grace)
    await buy(grace, 'tok_timeout')
    const { body } = await buy(ada)
    await ada.cancel(body.id)
    const before = original.shop()
    await original.close()

    await connected(primaryUrl, async (client) => {
      await beginEpoch(client)
      await becomeAnotherShop(client)
    })
    const copy = await build(t, { ...quiet, HOLDFAST_DATA: `${folder}/copy` }, { like: home })
    t.not(copy.shop(), before)
    t.same(await unitsOf(copy, tea!), [[4, 0]], 'the pending order has ended')
    const { rows } = await sql.query('select from payments where check_at is not null')
    t.equal(rows.length, 0)
    const broken = (await copy.checkInvariants(true)).filter(({ violations }) => violations > 0)
    t.same(broken, [])

    // With the account of the original, its charges are not touched either.
    await copy.close()
    await sql.query('update cluster set provider = null')
    const same = await build(t, quiet, { like: home })
    const since = new Date(Date.now() - 60 * 60_000)
    const { findings, lost } = (await same.reconcile(since, {
      give_back: { by: 'operator', count: 0 }
    }))!
    t.equal(lost.charges, 0)
    t.same(findings, [], 'the payments of the original are not compared')
    t.equal((await grace.at(same).cancel(kept.id)).status, 200)
    while ((await same.checkout.resolveDue(10)) > 0);
    t.match((await sql.query(`select failure_code from refunds where status = 'failed'`)).rows, [
      { failure_code: 'refused' }
    ])
    for await (const { refunded } of same.payments.list(since)) t.equal(refunded, 0)
  }
)
