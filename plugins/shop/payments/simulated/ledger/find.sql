-- How a payment was decided.
-- in   payment_id
-- out  the decision; no row while there is none
select payment_id, status, code, reference, decided_at, shop, epoch from decisions where payment_id = :payment_id
