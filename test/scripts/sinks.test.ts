import { execFile } from 'node:child_process'
import path from 'node:path'
import t from 'tap'
import { root } from '../../scripts/stack/settings.ts'
import { build, environmentOf, until } from '../support/build.ts'
import { stock } from '../support/buyer.ts'
import {
  busy,
  delivered,
  emptied,
  recordingSink,
  written
} from '../plugins/background/outbox/support.ts'

const app = await build(t)
const { sql, env, primaryUrl } = environmentOf(app)

const sinks = (...words: string[]) =>
  new Promise<{ code: number; out: string }>((resolve) => {
    execFile(
      process.execPath,
      [path.join(root, 'scripts', 'sinks.ts'), ...words],
      { env: { ...process.env, ...env, PRIMARY_ADMIN_URL: primaryUrl } },
      (err, stdout, stderr) =>
        resolve({ code: err ? Number(err.code) : 0, out: `${stdout}${stderr}` })
    )
  })

const change = (product_id: string, times: number) =>
  sql.query(
    `select change_stock($1, 'adjust', 1, 'more', gen_random_uuid(), null) from generate_series(1, $2)`,
    [product_id, times]
  )

t.test('sinks are listed with what they lack, and a dropped one frees its events', async (t) => {
  const broker = recordingSink(t, 'broker')
  broker.reachable = false
  const node = await build(t, { ...busy, EVENT_SINKS: 'redis_streams,broker' }, { like: app })
  const [tea] = await stock(app, 1)
  await change(tea!, 12)
  await until('Redis Streams to have them', async () => {
    const { rowCount } = await sql.query(`select from outbox_deliveries where sink = 'broker'`)
    return (await delivered(app, 'inventory')).length === 12 && rowCount === 12
  })
  await sql.query(
    `update outbox_deliveries set parked_at = now() where seq = (select min(seq) from outbox_deliveries)`
  )
  const { code, out } = await sinks()
  t.equal(code, 0, out)
  t.match(out, /^broker +11 waiting since 20\S+Z, 1 parked; a node that names it started last at /m)
  t.match(out, /^effects +0 waiting, 0 parked/m)
  t.match(out, /^redis_streams +0 waiting, 0 parked/m)

  // The node still names it: it goes on with the others.
  const dropped = await sinks('--drop', 'broker')
  t.equal(dropped.code, 0, dropped.out)
  t.match(dropped.out, /^broker is dropped: 11 events that waited for it, and 1 that were parked,/)
  await emptied(app)
  broker.reachable = true
  await change(tea!, 3)
  await emptied(app)
  t.equal((await delivered(app, 'inventory')).length, 15)
  t.same(broker.events, [])
  await node.close()
})

t.test('a drop that was interrupted is listed, and is finished by the next one', async (t) => {
  const { rows } = await sql.query(
    `insert into outbox (aggregatetype, aggregateid, version, type, payload, distributed)
     values ('order', 'x', 1, 'order.placed', '{}', true) returning seq`
  )
  await sql.query(
    `insert into outbox_deliveries (seq, sink, partition)
     select seq, 'past', partition from outbox where seq = $1`,
    [rows[0].seq]
  )
  t.match(
    (await sinks()).out,
    /^past +1 waiting .+; dropped, but not to the end: npm run sinks -- /m
  )
  t.equal((await sinks('--drop', 'past')).code, 0)
  t.same(await written(app), [])
})

t.test('effects, the only sink and an unknown sink are not dropped', async (t) => {
  for (const [name, why] of [
    ['effects', 'effects belong to every node: they cannot be dropped'],
    ['redis_streams', 'it is the only sink: events would go nowhere'],
    ['nats', 'there is no sink nats: npm run sinks lists them']
  ] as const)
    t.same(await sinks('--drop', name), { code: 1, out: `sinks: ${why}\n` })
})
