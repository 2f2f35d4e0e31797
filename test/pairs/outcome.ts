import type { FastifyInstance } from 'fastify'
import { readInvariants } from '../../plugins/background/invariants/files.ts'
import { environmentOf } from '../support/build.ts'
import { endAll } from '../system/time-travel.ts'
import type { Scene } from './scene.ts'

/** The state of the tea, the cart and the orders, without ids. */
export async function outcomeOf({ sql, kept, tea }: Scene, node: FastifyInstance) {
  const read = async (text: string, value: string) =>
    (await sql.query({ text, values: [value], rowMode: 'array' })).rows.map((row) => row.join(' '))
  const [stock, product, orders, cart] = await Promise.all([
    read(`select quantity, reserved_quantity from inventory where product_id = $1`, tea),
    read(`select price, status from products where id = $1`, tea),
    read(
      `select orders.status, cancel_reason, payments.status, quantity
       from orders join payments on payments.order_id = orders.id join order_items on order_items.order_id = orders.id
       where product_id = $1`,
      tea
    ),
    node.carts.read(kept)
  ])
  const units = cart?.lines.map(({ quantity }) => quantity) ?? []
  return { stock, product, orders: orders.toSorted(), cart: units }
}

/** Makes one SQL function of everything that must hold at the end: its statements are planned once a connection. */
export async function createComplaints(node: FastifyInstance) {
  const findings = [
    ...readInvariants(),
    {
      name: 'everything ends',
      query: `select orders.id from orders join payments on order_id = orders.id
              where orders.status = 'pending' or check_at is not null`
    },
    {
      name: 'a cart is bought once',
      query: `select cart_id from orders where confirmed_at is not null and cart_id is not null
              group by cart_id having count(*) > 1`
    },
    {
      name: 'an order of nothing is confirmed without the provider',
      query: `select orders.id from orders join payments on order_id = orders.id
              where total = 0 and (provider_reference is not null or confirmed_at is null and cancel_reason <> 'customer')`
    },
    {
      name: 'a purchase of items is made once',
      query: `select idempotency_key from orders where cart_id is null
              group by idempotency_key, request_hash having count(*) > 1`
    }
  ].map(
    ({ name, query }) =>
      `return query select '${name}: ' || to_jsonb(finding)::text from (${query}) as finding;`
  )
  await environmentOf(node).sql.query(
    `create function complaints() returns setof text language plpgsql as $$ begin ${findings.join('\n')} end $$`
  )
}

/** Ends every order and payment, as the payment resolver does. @returns everything that is wrong with the shop, in words */
export async function complaintsOf(scene: Scene, node: FastifyInstance): Promise<string[]> {
  await endAll(node)
  const { rows } = await scene.sql.query<{ complaints: string }>('select complaints()')
  return [
    ...rows.map(({ complaints }) => complaints),
    ...(await moneyAstray(scene, node)),
    ...(await gateAstray(scene, node))
  ]
}

/** The provider has charged what the orders say, and nothing else since the scene was set. */
async function moneyAstray({ sql, tea, set_at }: Scene, node: FastifyInstance) {
  const { rows } = await sql.query<{ id: string; captured: number; refunded: number }>(
    `select payments.id, captured, refunded from payments join order_items using (order_id)
     where product_id = $1 and captured > 0`,
    [tea]
  )
  const ours = rows.map(({ id, captured, refunded }) => `${id} ${captured} ${refunded}`)
  const theirs: string[] = []
  for await (const { payment_id, amount, refunded } of node.payments.list(set_at))
    theirs.push(`${payment_id} ${amount} ${refunded}`)
  return [
    ...theirs.filter((one) => !ours.includes(one)).map((one) => `charged, but not known: ${one}`),
    ...ours.filter((one) => !theirs.includes(one)).map((one) => `known, but not charged: ${one}`)
  ]
}

/** When no request runs, the gate holds nothing and its quantity is PostgreSQL's. */
async function gateAstray({ sql, tea }: Scene, { redis }: FastifyInstance) {
  const [known, held] = await Promise.all([
    redis.hgetall(`inventory:{${tea}}`),
    redis.zcard(`inventory_lock:{${tea}}`)
  ])
  const { rows } = await sql.query('select quantity from inventory where product_id = $1', [tea])
  if (known.quantity === undefined) return []
  const gate = `${known.quantity} units, ${known.pending} pending, ${held} holds`
  return gate === `${rows[0].quantity} units, 0 pending, 0 holds`
    ? []
    : [`the gate says ${gate}; PostgreSQL says ${rows[0].quantity}`]
}
