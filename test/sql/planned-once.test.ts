import t from 'tap'
import { environment } from '../support/environment.ts'

const { sql } = await environment(t)

t.test('functions that are called often are not planned at each call', async (t) => {
  const { rows } = await sql.query<{ name: string }>(
    `select distinct p.proname as name from pg_proc p
     join pg_language l on l.oid = p.prolang
     where p.pronamespace = 'public'::regnamespace and l.lanname = 'sql'
       and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
     order by 1`
  )
  // Others are called seldom, are forms of the last release, or are expressions that PostgreSQL puts into the calling statement.
  const known = `attribute_word category_descendants claim_partition find_products gram_size hash_session keep_bootstrap_key
    listing_matches may_distribute name_in_order new_since sku_form words_in words_of words_wanted`
  t.same(
    rows.map(({ name }) => name),
    known.split(/\s+/)
  )
})
