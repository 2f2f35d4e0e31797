import { Pool } from 'pg'
import t from 'tap'
import { migrate } from '../../scripts/stack/postgres/migrate.ts'
import { until } from '../support/build.ts'
import { folder, following } from './migrating.ts'

t.test(
  'a unique index is built while the shop writes, or says which rows are in its way',
  async (t) => {
    const sql = folder(t, {
      '0001_mugs.sql': 'create table mugs (id int primary key, number text not null)'
    })
    const { primary, replica, servers } = await following(t, sql.url)
    await primary.sql.query(`insert into mugs values (1, 'A'), (2, 'B'), (3, 'B')`)
    sql.write(
      '0002_number.sql',
      `-- primary first
-- concurrently

drop index concurrently if exists mugs_number;

create unique index concurrently mugs_number on mugs (number);
`
    )
    await t.rejects(migrate({ ...servers, sql: sql.url }), {
      message: /could not create unique index "mugs_number" Key \(number\)=\(B\) is duplicated/
    })
    await primary.sql.query('delete from mugs where id = 3')

    // A transaction that has written and is still open delays it, and is not delayed by it.
    const client = new Pool({ connectionString: primary.url, max: 1 })
    t.teardown(() => client.end())
    const open = await client.connect()
    await open.query(`begin; insert into mugs values (4, 'D')`)
    const migrated = migrate({ ...servers, sql: sql.url })
    await until('the index to wait', async () => {
      const waiting = `select from pg_stat_activity where datname = current_database()
      and query like '% index concurrently %' and wait_event_type = 'Lock'`
      return (await primary.sql.query(waiting)).rowCount === 1
    })
    await open.query(`insert into mugs values (5, 'E')`)
    await primary.sql.query(`insert into mugs values (6, 'F')`)
    await open.query('commit')
    open.release()
    t.same(await migrated, ['0002_number'])
    for (const server of [primary, replica])
      await t.rejects(server.sql.query(`begin read write; insert into mugs values (9, 'A')`), {
        code: '23505'
      })
  }
)
