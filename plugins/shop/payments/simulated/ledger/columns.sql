-- Columns that ledgers of earlier releases lack; run once a ledger (user_version 0).

-- Whose charge it is, what it is about (JSON), and what its card does to refunds (null: they are made at once).
alter table decisions add column shop text;
alter table decisions add column epoch text;
alter table decisions add column metadata text;
alter table decisions add column refunding text check (refunding in ('slow', 'failing'));

-- When a refund ends, and how. Its status until then is pending.
alter table refunds add column ends_at integer not null default 0;
alter table refunds add column failure_code text;
