import { randomBytes } from 'node:crypto'
import t from 'tap'
import { provision } from '../../scripts/stack/postgres/provision.ts'
import { connected, createDatabase, withDatabase } from '../../scripts/stack/postgres/cluster.ts'
import { unsubscribe } from '../../scripts/stack/postgres/replication.ts'
import { until } from '../../scripts/stack/supervisor/until.ts'
import { testServers } from '../support/environment.ts'

t.test(
  'npm run provision makes empty databases ready for nodes, and changes nothing when repeated',
  async (t) => {
    const servers = testServers()
    const name = `t_${randomBytes(6).toString('hex')}`
    const [primary, replica] = [servers.primary, servers.replica].map(({ admin_url }) =>
      withDatabase(admin_url, name)
    ) as [string, string]
    await createDatabase(servers.primary.admin_url, name)
    await createDatabase(servers.replica.admin_url, name)
    t.teardown(() => unsubscribe(replica, `${name}_1`))

    const wanted = {
      primary: { url: primary, admin_url: primary },
      replicas: [{ url: replica, admin_url: replica }],
      prefix: `${name}_`
    }
    await provision(wanted)
    await provision(wanted)
    await connected(primary, (client) =>
      client.query(
        `insert into categories (id, slug, name) values (gen_random_uuid(), 'mugs', 'Mugs')`
      )
    )
    const find = `select from categories where slug = 'mugs'`
    await until('the row', () =>
      connected(replica, async (client) => (await client.query(find)).rowCount === 1)
    )
  }
)

t.test('npm run provision refuses another role for the nodes than app', async (t) => {
  const { admin_url } = testServers().primary
  const url = new URL(admin_url)
  url.username = 'shop'
  await t.rejects(provision({ primary: { url: url.href, admin_url }, replicas: [] }), {
    message: 'nodes connect as app, not as shop'
  })
})
