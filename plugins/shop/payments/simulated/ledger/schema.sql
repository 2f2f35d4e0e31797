-- The simulated provider's ledger (SQLite). A row is a decision, which never changes; `deliveries` counts its requests.
-- Times are milliseconds since 1970, taken under the write lock and so in the order of the decisions.

-- Which account this is: a UUID that is made with the ledger.
create table if not exists account (
  only_row integer primary key default 1 check (only_row = 1),
  identity text not null
) strict;

-- One decision a payment: the primary key makes a charge idempotent and a close final.
create table if not exists decisions (
  payment_id text primary key,
  status text not null check (status in ('succeeded', 'declined', 'closed')),
  code text check ((status = 'declined') = (code is not null)),
  reference text unique check ((status = 'succeeded') = (reference is not null)),
  amount integer check (amount >= 0),
  currency text,
  deliveries integer not null default 1,
  decided_at integer not null default (cast(unixepoch('subsec') * 1000 as integer)),
  check (status = 'closed' or (amount is not null and currency is not null))
) strict;

create index if not exists charges_by_time on decisions (decided_at, payment_id) where status = 'succeeded';

create table if not exists refunds (
  refund_id text primary key,
  payment_id text not null references decisions,
  amount integer not null check (amount >= 0),
  reference text not null unique,
  deliveries integer not null default 1,
  decided_at integer not null default (cast(unixepoch('subsec') * 1000 as integer))
) strict;

create index if not exists refunds_of_payment on refunds (payment_id);
