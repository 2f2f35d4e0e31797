import t from 'tap'
import { queryName } from '../../../../plugins/storage/database-metrics/query-name.ts'

t.test('a query is named by what it does to which table, or by its function', async (t) => {
  const named: [sql: string, name: string][] = [
    ['select "id" from "orders" where "id" = $1', 'select orders'],
    [
      'insert into "api_keys" ("id") values ($1) on conflict ("id") do update set "a" = $2',
      'insert api_keys'
    ],
    ['update "payments" set "status" = $1', 'update payments'],
    ['delete from "outbox" where "seq" = any ($1)', 'delete outbox'],
    ['select outcome, shortages from place_orders($1::uuid[], $2)', 'place_orders'],
    ['select cancel_order($1::uuid) as answer', 'cancel_order'],
    [
      '\n select a, extract(epoch from b)::float8 from claim_payments($1, (select 1 from c))',
      'claim_payments'
    ],
    [
      'select (select coalesce(json_agg(x), 1) from (select * from "order_items") as x) from "orders"',
      'select orders'
    ],
    [
      'with written as (update heartbeat set at = now() returning at) select * from written',
      'update heartbeat'
    ],
    ['select "now" from (select clock_timestamp() as now) as "clock"', 'select clock'],
    ['select pg_current_wal_insert_lsn()::text as lsn', 'pg_current_wal_insert_lsn'],
    ['select 1', 'select'],
    ['begin', 'begin'],
    ['(((', 'other']
  ]
  for (const [sql, name] of named) t.equal(queryName(sql), name, sql)
})
