-- Closes a payment that is not decided yet, and answers how it is decided. One statement, as charge.sql.
-- in   payment_id
-- out  the decision
insert into decisions (payment_id, status)
values (:payment_id, 'closed')
on conflict (payment_id) do update set deliveries = deliveries + 1
returning payment_id, status, code, reference, decided_at
