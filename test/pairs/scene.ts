import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Pool } from 'pg'
import { random, seedOf } from '../../scripts/seed/random.ts'
import { buyer, stock } from '../support/buyer.ts'
import { environmentOf } from '../support/build.ts'
import { step } from './schedule.ts'

/** Where two operations meet: Ada with two units of tea in her cart, and an order of hers if one is needed. */
export type Scene = {
  session: string
  /** What the shop keeps of the session. */
  kept: string
  sql: Pool
  tea: string
  /** Who asks which node. */
  nodes: [FastifyInstance, FastifyInstance]
  tokens: string[]
  keys: string[]
  deltas: number[]
  earlier: string | undefined
  /** The order that is being made is meant, not the one that is there. */
  awaited: boolean
  set_at: Date
}

/** What the scene has to know of an operation. */
export type Role = {
  name: string
  /** It makes an order, so that the other operation can meet it. */
  buys?: true
  /** It ends an order, so there has to be one. */
  ends?: true
  /** It buys for nothing: the tea has a price of 0. */
  free?: true
}

/** The same variant of a pair is the same scene each time, but for its ids. */
export async function setScene(
  nodes: FastifyInstance[],
  pair: [Role, Role],
  variant: number
): Promise<Scene> {
  const draw = random(seedOf(`${pair[0].name}, ${pair[1].name}, ${variant}`))
  const oneOf = <T>(...choices: T[]) => choices[Math.floor(draw() * choices.length)]!
  const card = () => oneOf('tok_success', 'tok_declined', 'tok_timeout')

  const [node, other] = nodes as [FastifyInstance, FastifyInstance]
  const units = oneOf(3, 4, 5, 10)
  const tokens = [card(), card()]
  const key = randomUUID()
  const keys = [key, oneOf(key, randomUUID())]
  const deltas = [oneOf(-2, 5), oneOf(-2, 5)]
  const where = oneOf(node, other)
  const state = oneOf('confirmed', 'in doubt', 'to be refunded')
  const awaited = oneOf(true, true, false) && pair.some(({ buys }) => buys)

  const set_at = new Date()
  const [tea] = await stock(node, units)
  const { sql } = environmentOf(node)
  if (pair.some(({ free }) => free))
    await sql.query('update products set price = 0 where id = $1', [tea])
  const ada = buyer(node)
  let earlier: string | undefined
  if (pair.some(({ ends }) => ends)) {
    const token = state === 'in doubt' ? 'tok_timeout' : 'tok_success'
    const bought = await ada.buy([{ product_id: tea!, quantity: 1 }], token)
    earlier = bought.body.id as unknown as string
    if (state === 'to be refunded') await ada.cancel(earlier)
  }
  await node.carts.change(ada.kept, {
    mode: 'add',
    lines: [{ product_id: tea!, quantity: 2, available: units }]
  })
  return {
    session: ada.session,
    kept: ada.kept,
    sql,
    tea: tea!,
    nodes: [node, where],
    tokens,
    keys,
    deltas,
    earlier,
    awaited,
    set_at
  }
}

/** How often an operation looks for an order that may come. */
export const looks = 8

/** The order that is being made, if it comes in time; else the one that was there. */
export async function findOrder({ sql, kept, earlier, awaited }: Scene): Promise<string> {
  for (let look = 0; look < (awaited ? looks : 0); look++) {
    const { rows } = await step('looks for the order', () =>
      sql.query<{ id: string }>('select id from orders where session_id = $1 and id <> $2', [
        kept,
        earlier
      ])
    )
    if (rows[0]) return rows[0].id
  }
  return earlier!
}
