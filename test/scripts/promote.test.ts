import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import t from 'tap'
import { becomePrimary } from '../../scripts/promote/become-primary.ts'
import { checkMostAdvanced } from '../../scripts/promote/most-advanced.ts'
import { choosePort } from '../../scripts/stack/supervisor/ports.ts'
import { appRole, connected, withDatabase } from '../../scripts/stack/postgres/cluster.ts'
import { caughtUp } from '../../scripts/stack/postgres/replication.ts'
import { root } from '../../scripts/stack/settings.ts'
import { template } from '../../scripts/stack/test-servers/templates.ts'
import { until } from '../../scripts/stack/supervisor/until.ts'
import { testServers, environment, type Environment } from '../support/environment.ts'

const insert = `insert into categories (id, slug, name) values (gen_random_uuid(), gen_random_uuid()::text, 'Mugs')`
const on = (url: string, text: string) => connected(url, (client) => client.query(text))

t.test('a promoted replica is a writable primary with a new epoch', async (t) => {
  const home = await environment(t, { replica: true })
  const { sql, primaryUrl, env } = home
  const url = home.replicaUrl!
  await sql.query(insert)
  await caughtUp(primaryUrl, url)
  const before = (await on(url, 'select epoch from cluster')).rows[0].epoch
  const began = Date.now()

  await becomePrimary(url, appRole)
  await dropSlot(home)
  const after = await on(
    url,
    `select epoch, (select count(*)::int from pg_subscription_rel) as follows,
            (select count(*)::int from pg_publication) as published,
            (select count(*)::int from categories) as categories from cluster`
  )
  t.match(after.rows, [{ follows: 0, published: 1, categories: 1 }])
  t.ok(after.rows[0].epoch > before)

  const asNode = env.REPLICA_URLS!
  t.equal((await on(asNode, insert)).rowCount, 1)
  const event = `insert into outbox (aggregatetype, aggregateid, version, type, payload)
                 values ('order', 'x', 1, 'order.placed', '{}') returning seq::float8 as seq`
  const { seq } = (await on(asNode, event)).rows[0]
  t.ok(seq > began * 1000, 'after every number that the old one can have handed out')
  t.ok(seq <= Number.MAX_SAFE_INTEGER)
})

t.test(
  'the promotion of a replica that is still being copied is refused, and it still follows',
  async (t) => {
    const home = await environment(t, { replica: true })
    const { sql, primaryUrl } = home
    const url = home.replicaUrl!
    const state = (to: string) =>
      on(
        url,
        `set allow_system_table_mods = on;
       update pg_subscription_rel set srsubstate = '${to}' where srrelid = 'orders'::regclass`
      )
    await on(url, `alter subscription ${home.name} disable`)
    await state('d')
    await t.rejects(becomePrimary(url, appRole), { message: /still being copied/ })
    await state('r')
    await on(url, `alter subscription ${home.name} enable`)
    await sql.query(insert)
    await caughtUp(primaryUrl, url)
  }
)

t.test('the promotion is refused when another replica has more, which is named', async (t) => {
  const { sql, primaryUrl, replicaUrls, name } = await environment(t, { replica: 2 })
  await sql.query(insert)
  await Promise.all(replicaUrls.map((url) => caughtUp(primaryUrl, url)))
  await on(replicaUrls[0]!, `alter subscription ${name} disable`)
  await sql.query(insert)
  await caughtUp(primaryUrl, replicaUrls[1]!)
  await checkMostAdvanced(replicaUrls, 2)
  await t.rejects(checkMostAdvanced(replicaUrls, 1), {
    message: /^replica 2 has \d+ bytes more than replica 1: promote that one, or say --anyway$/
  })
})

t.test('npm run promote promotes an external replica, and the others follow it', async (t) => {
  const home = await environment(t, { replica: true })
  const { sql, primaryUrl, env, name } = home
  const chosen = home.replicaUrl!
  const other = withDatabase(testServers().primary.admin_url, `${name}_other`)
  await on(primaryUrl, `create database ${name}_other template ${template}`)
  t.teardown(() => on(other, 'drop subscription if exists replica1'))
  await sql.query(insert)
  await caughtUp(primaryUrl, chosen)
  const externalServers = (PRIMARY_URL: string) => ({
    PRIMARY_URL,
    REPLICA_URLS: `${env.REPLICA_URLS},${other}`,
    REPLICA_ADMIN_URLS: `${chosen},${other}`
  })

  t.match(await promote(externalServers(env.PRIMARY_URL!), '1'), {
    code: 1,
    stderr:
      'promote: the primary at PRIMARY_URL answers: stop it, and make sure that it stays stopped\n'
  })
  t.match(await promote(externalServers(await nowhere()), '2'), {
    code: 1,
    stderr: /^promote: replica 1 has \d+ bytes more than replica 2/
  })
  t.match(await promote(externalServers(await nowhere()), '1'), {
    code: 0,
    stdout: /^replica 1 is the primary now, as it was at .+\nits URL is PRIMARY_URL/
  })
  await dropSlot(home)

  const node = new Client(env.REPLICA_URLS!)
  await node.connect()
  t.teardown(() => node.end())
  t.equal((await node.query(insert)).rowCount, 1, 'a node may write there')
  await caughtUp(chosen, other)
  t.match((await on(other, 'select count(*)::int from categories')).rows, [{ count: 2 }])
})

/** Runs the program to its end. */
async function promote(env: NodeJS.ProcessEnv, ...words: string[]) {
  const program = path.join(root, 'scripts/promote.ts')
  const options = { env: { ...process.env, ...env } }
  return promisify(execFile)(process.execPath, [program, ...words], options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr })
  )
}

/** A primary that is gone. */
const nowhere = async () => `postgres://app@127.0.0.1:${await choosePort()}/shop`

/** The slot of a subscription that was ended without the primary. */
const dropSlot = ({ sql, name }: Environment) =>
  until('the slot to be free', async () =>
    Boolean(
      await sql.query(
        `select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '${name}'`
      )
    )
  )
