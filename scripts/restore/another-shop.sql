-- Makes a copy of a database another shop (another-shop.ts). One transaction.
begin;

update cluster set shop = gen_random_uuid(), provider = null;

-- The payments are the original's, also when this shop is given the original's account at the provider: no check compares them,
-- and no refund of them is asked for.
update payments set provider = 'original';

-- What is open ends here without a question to the provider: the original asks it.
select outcome, count(*) from finish_orders(
  (select array_agg(order_id) from payments where status in ('processing', 'unknown')),
  (select array_agg('failed'::text) from payments where status in ('processing', 'unknown')),
  (select array_agg('payment_failed'::text) from payments where status in ('processing', 'unknown')),
  (select array_agg(null::text) from payments where status in ('processing', 'unknown')),
  (select array_agg(null::text) from payments where status in ('processing', 'unknown')))
group by outcome;

select count(finish_refund(id)) from refunds where status = 'pending';

update epochs set reviewed_at = clock_timestamp() where ended_at is null;

commit;
