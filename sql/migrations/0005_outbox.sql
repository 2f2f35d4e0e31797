-- Events that are not delivered yet. A row is written in the transaction of the change that the event describes, published
-- by a relay, and deleted once the sink has it.

-- Events that are not delivered yet. The columns are those that Debezium's outbox event router expects. `seq` is drawn while
-- the aggregate's row is locked, so within an aggregate it is the order of the changes; across aggregates it says nothing, and
-- a later number may be visible earlier. Its sequence is not replicated: promotion sets it past the largest `seq` of the replica.
-- `version` is the aggregate's; a consumer drops an event that is not newer than the last one it has seen.
create table outbox (
  seq bigint primary key generated always as identity,
  id uuid not null default gen_random_uuid(),
  aggregatetype text not null check (aggregatetype in ('order', 'inventory', 'product')),
  aggregateid text not null check (char_length(aggregateid) between 1 and 100),
  version bigint not null check (version between 1 and 9007199254740991),
  type text not null check (type ~ '^[a-z]+\.[a-z_]+$'),
  payload jsonb not null check (jsonb_typeof(payload) = 'object'),
  partition smallint not null generated always as ((hashtext(aggregateid) & 15)::smallint) stored,
  created_at timestamptz not null default now(),
  attempts smallint not null default 0 check (attempts >= 0),
  parked_at timestamptz
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

create index outbox_waiting on outbox (partition, seq) where parked_at is null;
create index outbox_parked on outbox (parked_at) where parked_at is not null;

-- The lease of each partition of the outbox: the node `owner` alone publishes it, until `lease_until` (database clock). The
-- rows are in 0006.
create table outbox_partition (
  partition smallint primary key check (partition between 0 and 15),
  owner uuid,
  lease_until timestamptz not null default '-infinity'
) with (fillfactor = 50);
