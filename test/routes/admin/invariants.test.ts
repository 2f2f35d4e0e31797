import t from 'tap'
import { readInvariants } from '../../../plugins/background/invariants/files.ts'
import { connected } from '../../../scripts/stack/postgres/cluster.ts'
import { buyer, stock } from '../../support/buyer.ts'
import { adminKey, build, environmentOf } from '../../support/build.ts'

const app = await build(t, { RESOLVER_INTERVAL_MS: '60000' })
const { primaryUrl, sql } = environmentOf(app)

type Answer = {
  holds: boolean
  invariants: {
    name: string
    holds: boolean
    violations: number
    remedy: string
    witnesses: Record<string, unknown>[]
  }[]
}

const check = async (): Promise<Answer> => {
  const headers = { authorization: `Bearer ${adminKey}` }
  const answer = await app.inject({ url: '/api/v1/admin/invariants', headers })
  t.equal(answer.statusCode, 200)
  return answer.json()
}

const [tea] = await stock(app, 20)
for (const token of ['tok_success', 'tok_success', 'tok_declined', 'tok_error'])
  await buyer(app).buy([{ product_id: tea!, quantity: 2 }], token)

t.test('GET /admin/invariants finds no violation in an intact shop', async (t) => {
  const { holds, invariants } = await check()
  t.equal(holds, true)
  t.ok(invariants.length >= 10)
  for (const { name, remedy, ...rest } of invariants) {
    t.match(rest, { holds: true, violations: 0, witnesses: [] }, name)
    t.ok(remedy.length > 20, 'says what to do')
  }
})

t.test('GET /admin/invariants requires its scope', async (t) => {
  const answer = await app.inject({ url: '/api/v1/admin/invariants' })
  t.match([answer.statusCode, answer.json()], [401, { code: 'unauthorized' }])
})

/** What a role with too many rights could do, and the invariant that finds it. */
const tampering: Record<string, string> = {
  'stock-equals-ledger': 'update inventory set quantity = quantity + 1',
  'units-are-somewhere': `update inventory_movements set quantity = quantity + 1 where kind = 'receive'`,
  'reserved-is-held': `update reservations set status = 'released' where status = 'active'`,
  'nothing-is-negative':
    'alter table inventory drop constraint inventory_quantity_check; update inventory set quantity = -1',
  'states-fit': `update payments set status = 'failed', check_at = null where status = 'unknown'`,
  'confirmed-is-paid': `alter table payments drop constraint payments_check2;
                        update payments set captured = 0 where status = 'succeeded'`,
  'cancelled-is-refunded': `update payments set refunded = 1 where status = 'succeeded'`,
  'one-order-a-purchase': `drop index one_live_order_a_cart;
                           update orders set cart_id = '00000000-0000-4000-8000-000000000000'`,
  'nothing-is-left-undone': `update payments set check_at = now() - interval '2 minutes' where check_at is not null`,
  'totals-add-up': 'update order_items set quantity = quantity + 1',
  'history-is-whole': 'delete from order_events where version = 1',
  'events-leave': `update outbox set created_at = now() - interval '2 minutes'`,
  'listings-are-true': `update products set status = 'draft'`,
  'words-are-known': `delete from listing_words where word = (select min(word) from listing_words)`
}

t.test('GET /admin/invariants finds rows that were tampered with', async (t) => {
  const invariants = readInvariants()
  t.same(Object.keys(tampering).toSorted(), invariants.map(({ name }) => name).toSorted())
  for (const { name, query } of invariants) {
    await connected(primaryUrl, async (client) => {
      await client.query(`begin; set local session_replication_role = replica; ${tampering[name]}`)
      const { rows } = await client.query(query)
      t.ok(rows.length > 0, name)
      await client.query('rollback')
    })
  }
})

t.test('GET /metrics shows the violations that were found', async (t) => {
  await sql.query(`update inventory set quantity = quantity + 1`)
  const { holds, invariants } = await check()
  t.equal(holds, false)
  const broken = invariants.filter((one) => !one.holds).map(({ name }) => name)
  t.same(broken, ['stock-equals-ledger', 'units-are-somewhere', 'gate-agrees'])
  t.match(
    invariants.find(({ name }) => name === 'stock-equals-ledger'),
    {
      violations: 1,
      witnesses: [{ product_id: tea }]
    }
  )
  const { body } = await app.inject({ url: '/metrics' })
  t.match(body, /holdfast_invariant_violations{name="stock-equals-ledger"} 1/)
  t.match(body, /holdfast_invariant_violations{name="totals-add-up"} 0/)
})
