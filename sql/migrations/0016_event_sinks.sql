-- Where events go: several sinks beside each other. An event leaves the outbox when every sink of this table has it,
-- whatever the configuration of the node that relays it. A node adds the sinks that its EVENT_SINKS names
-- (add_event_sink); `npm run sinks` drops one (drop_event_sink). `effects` are our own post-commit effects.
-- `wanted_at` is when a node that names the sink last started. `complete` says that what was in the outbox when the sink
-- was added is noted in outbox_deliveries; before that the sink is sent nothing.
create table event_sinks (
  name text primary key check (name ~ '^[a-z][a-z0-9_]{0,39}$'),
  added_at timestamptz not null default now(),
  wanted_at timestamptz not null default now(),
  complete boolean not null default false
);

-- Which events a sink lacks that another sink has or that a sink has refused. An event that all sinks take in one round
-- never has a row here. `attempts` counts refusals by this sink; a parked event waits for an operator.
create table outbox_deliveries (
  seq bigint not null,
  sink text not null,
  partition smallint not null,
  attempts smallint not null default 0 check (attempts >= 0),
  parked_at timestamptz,
  primary key (seq, sink)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

create index outbox_backlog on outbox_deliveries (sink, partition, seq) where parked_at is null;
create index outbox_parked_for on outbox_deliveries (seq) where parked_at is not null;

-- Which relay works on the backlog of a sink in a partition, and until when no other relay does (database clock).
-- New events of a partition are under the lease of outbox_partition.
create table outbox_leases (
  sink text not null references event_sinks on delete cascade,
  partition smallint not null check (partition between 0 and 15),
  owner uuid,
  lease_until timestamptz not null default '-infinity',
  primary key (sink, partition)
) with (fillfactor = 50);

-- Whether outbox_deliveries says which sinks lack the event; otherwise all of them lack it. `attempts` and `parked_at`
-- of the outbox mean nothing any more; nodes of the release before this one still read them.
alter table outbox add column distributed boolean not null default false;

create index outbox_fresh on outbox (partition, seq) where not distributed;
drop index outbox_waiting, outbox_parked;

-- A relay of the release before this one knows one sink and deletes by number. The functions that know all sinks
-- (settle_events, settle_backlog) set holdfast.settles_outbox.
create function refuse_outbox_delete() returns trigger
language plpgsql
as $$
begin
  raise exception 'an event leaves the outbox when every sink has it'
    using hint = 'settle_events and settle_backlog delete it. To drop a sink: npm run sinks -- --drop NAME.';
end $$;

create trigger keep_until_settled before delete on outbox
for each row when (current_setting('holdfast.settles_outbox', true) is distinct from 'on')
execute function refuse_outbox_delete();

-- From here on a relay of that release claims nothing (sql/functions/claim_partition.sql).
create or replace function claim_partition(p_owner uuid, p_lease interval, p_tried int[]) returns int
language sql
as $$ select null::int $$;
