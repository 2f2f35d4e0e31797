-- A page of the charges, oldest first, beginning after (at, payment_id).
-- in   at, payment_id, limit
-- out  the charges
select payment_id, reference, amount, currency, decided_at, shop, epoch,
  (
    select coalesce(sum(refunds.amount), 0) from refunds
    where refunds.payment_id = decisions.payment_id
      and (failure_code is null or ends_at > cast(unixepoch('subsec') * 1000 as integer))
  ) as refunded
from decisions
where status = 'succeeded' and (decided_at, payment_id) > (:at, :payment_id)
order by decided_at, payment_id
limit :limit
