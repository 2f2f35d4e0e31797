-- Gives back a part of a charge, once a refund id, or answers how far that is. The statement takes the sum that it adds to,
-- under SQLite's one write lock, so that concurrent refunds cannot exceed the charge. The sum leaves this refund out, so that
-- a repeat fits, and refunds that have failed.
-- in   refund_id, payment_id, amount, currency, reference
-- out  the refund's reference and failure_code, and whether it has ended; no row when it is refused
insert into refunds (refund_id, payment_id, amount, reference, ends_at, failure_code)
select :refund_id, payment_id, :amount, :reference,
  cast(unixepoch('subsec') * 1000 as integer) + case when refunding is null then 0 else 2000 end,
  case when refunding = 'failing' then 'card_closed' end
from decisions
where payment_id = :payment_id and status = 'succeeded' and currency = :currency
  and :amount + (
    select coalesce(sum(amount), 0) from refunds
    where payment_id = :payment_id and refund_id <> :refund_id
      and (failure_code is null or ends_at > cast(unixepoch('subsec') * 1000 as integer))
  ) <= amount
on conflict (refund_id) do update set deliveries = deliveries + 1
where payment_id = excluded.payment_id and amount = excluded.amount
returning reference, failure_code, ends_at <= cast(unixepoch('subsec') * 1000 as integer) as ended
