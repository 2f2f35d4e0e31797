-- Gives back a part of a charge, once a refund id. The statement takes the sum that it adds to, under SQLite's one write
-- lock, so that concurrent refunds cannot exceed the charge. The sum leaves this refund out, so that a repeat fits.
-- in   refund_id, payment_id, amount, currency, reference
-- out  the refund's reference; no row when it is refused
insert into refunds (refund_id, payment_id, amount, reference)
select :refund_id, payment_id, :amount, :reference
from decisions
where payment_id = :payment_id and status = 'succeeded' and currency = :currency
  and :amount + (
    select coalesce(sum(amount), 0) from refunds where payment_id = :payment_id and refund_id <> :refund_id
  ) <= amount
on conflict (refund_id) do update set deliveries = deliveries + 1
where payment_id = excluded.payment_id and amount = excluded.amount
returning reference
