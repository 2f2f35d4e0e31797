-- Decides a payment, or answers how it was decided. One statement, so that one of any number of callers decides.
-- in   payment_id, status (succeeded | declined), code, reference, amount, currency, shop, epoch, metadata, refunding
-- out  the decision; no row when the id is decided for another amount or currency
insert into decisions (payment_id, status, code, reference, amount, currency, shop, epoch, metadata, refunding)
values (:payment_id, :status, :code, :reference, :amount, :currency, :shop, :epoch, :metadata, :refunding)
on conflict (payment_id) do update set deliveries = deliveries + 1
where status = 'closed' or (amount = excluded.amount and currency = excluded.currency)
returning payment_id, status, code, reference, decided_at
