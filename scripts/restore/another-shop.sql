-- Makes a copy of a database another shop (another-shop.ts). One transaction.
begin;

update cluster set shop = gen_random_uuid(), provider = null;

-- The payments are the original's, and so is their provider: checks of this shop leave them out.
update payments set provider = 'original' where provider is null;

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
