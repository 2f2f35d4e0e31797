-- The epochs that this database has had, with begin and end by the database's clock. Restore and promotion end one and begin
-- the next (scripts/stack/postgres/new-epoch.ts). A charge without a payment is given back only when it is of one of these
-- epochs and was decided before that epoch ended. `reviewed_at`: an operator has run npm run reconcile -- --give-back in this
-- epoch; until then the reconciler gives nothing back unattended, because the epoch may have begun with lost orders.
create table epochs (
  epoch uuid primary key,
  began_at timestamptz not null,
  ended_at timestamptz,
  reviewed_at timestamptz
);

create unique index one_present_epoch on epochs ((true)) where ended_at is null;

-- `shop` stands in every charge: other shops may use the same account at the payment provider. A copy for a staging system
-- takes a shop id of its own (npm run restore -- --copy). `provider` is the identity of the payment provider that the nodes
-- of this database talk to; null: no node has reached its provider yet.
alter table cluster add column shop uuid;
alter table cluster add column provider text constraint an_identity_is_short check (char_length(provider) between 1 and 200);

-- The identity of the provider that decides the payment. null: placed before it was recorded.
alter table payments add column provider text;

-- An attempt of a refund is one request to the provider: `provider_key` is its idempotency key, null: the refund's id. A refund
-- that failed is owed still, and its next attempt has another key. `provider_reference`: the provider has accepted the refund,
-- which may stay pending there for days. `failure_code`: why the last attempt failed.
alter type refund_status add value 'failed';
alter table refunds add column provider_key uuid;
alter table refunds add column provider_reference text;
alter table refunds add column failure_code text;

create index refunds_failed on refunds (payment_id) where failure_code is not null;

-- Charges of this shop without a payment, as the reconciler has seen them: their orders were lost. The reconciler gives a charge
-- back when it has seen it twice in one epoch, ten minutes apart. `given_back_at` is written before the provider is asked;
-- `unattended` ones count for the bounds of a day.
create table lost_charges (
  payment_id uuid primary key,
  amount bigint not null check (amount >= 0),
  currency char(3) not null,
  epoch uuid not null,
  seen_at timestamptz not null default clock_timestamp(),
  given_back_at timestamptz,
  unattended boolean not null default false
);

create index lost_charges_given_back on lost_charges (given_back_at) where unattended;
