import t, { type Test } from 'tap'
import { consistently } from '../../support/assert-consistent.ts'
import { build, environmentOf, until } from '../../support/build.ts'
import { buyer, stock, unitsOf } from '../../support/buyer.ts'

// How many payments a node resolves at a time, and what a silent provider does to the others. Orders are bought at a node that
// resolves nothing; each test has another one that does.
const app = await build(t, { RESOLVER_INTERVAL_MS: '60000' })
const { sql } = environmentOf(app)
const test = consistently(t, app)
const most = 32

/** 40 orders whose payments have an unknown outcome, and are not due. @returns the product and the ids of the payments */
async function fortyUnknown() {
  const [tea] = await stock(app, 40)
  const answers = await Promise.all(
    Array.from({ length: 40 }, () =>
      buyer(app).buy([{ product_id: tea!, quantity: 1 }], 'tok_error')
    )
  )
  const ids = answers.map(({ body }) => body.payment.id)
  await makeDue(ids, `now() + interval '1 hour'`)
  return { tea: tea!, ids }
}

const makeDue = (ids: string[], when = 'now()') =>
  sql.query(`update payments set check_at = ${when} where id = any ($1)`, [ids])

/** A node that resolves, and whose provider answers about these payments only when it is let. */
async function resolver(t: Test, silent: string[]) {
  const node = await build(t, { RESOLVER_INTERVAL_MS: '20' }, { like: app })
  const { payments } = node
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
  const asked = new Set<string>()
  node.payments = {
    ...payments,
    async close(payment_id) {
      if (silent.includes(payment_id)) {
        asked.add(payment_id)
        await answered
      }
      return payments.close(payment_id)
    }
  }
  return { node, asked, answer }
}

const held = async (tea: string) => (await unitsOf(app, tea))[0]![1]

test('payments for which the provider is silent delay no other, while a place is free', async (t) => {
  const { tea, ids } = await fortyUnknown()
  const silent = ids.slice(0, most - 1)
  const { asked, answer, node } = await resolver(t, silent)
  await makeDue(silent)
  await until('the silent payments to be asked for', () => asked.size === silent.length)
  await makeDue(silent, `now() + interval '1 hour'`)
  await makeDue(ids.slice(most - 1))
  await until('the others to end', async () => (await held(tea)) === silent.length)

  answer()
  await until('every order to end', async () => (await held(tea)) === 0)
  t.same(await unitsOf(app, tea), [[40, 0]])
  await node.close()
})

test('a node resolves 32 payments at a time, and leaves the rest to other nodes', async (t) => {
  const { tea, ids } = await fortyUnknown()
  const { asked, answer } = await resolver(t, ids)
  await makeDue(ids)
  await until('32 payments to be asked for', () => asked.size === most)
  const untouched = async () => {
    const text = 'select from payments where attempts = 0 and id = any ($1)'
    return (await sql.query(text, [ids])).rowCount
  }
  t.equal(await untouched(), 8)
  await build(t, { RESOLVER_INTERVAL_MS: '20' }, { like: app })
  await until('another node to claim the rest', async () => (await untouched()) === 0)
  t.equal(asked.size, most, 'the first node has claimed none of them')
  answer()
  await until('every order to end', async () => (await held(tea)) === 0)
})
