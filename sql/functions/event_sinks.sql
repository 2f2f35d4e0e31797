-- A node that starts names this sink: it is added unless it is there, and gets what waits in the outbox. At most p_limit
-- events a call; returns the number after which the next call goes on, null when the sink is complete.
-- The exclusive advisory lock: no event is settled with the set of sinks half changed.
create or replace function add_event_sink(p_name text, p_after bigint, p_limit int) returns bigint
language plpgsql
as $$
declare
  last bigint;
begin
  perform pg_advisory_xact_lock(hashtext('holdfast event sinks'));
  insert into event_sinks (name) values (p_name) on conflict (name) do update set wanted_at = now();
  insert into outbox_leases (sink, partition) select p_name, generate_series(0, 15) on conflict do nothing;
  if (select complete from event_sinks where name = p_name) then
    return null;
  end if;

  -- New events need no row: every sink lacks them.
  with waiting as (
    select seq, partition from outbox where distributed and seq > p_after order by seq limit p_limit
  ), noted as (
    insert into outbox_deliveries (seq, sink, partition)
    select seq, p_name, partition from waiting
    on conflict do nothing
  )
  select max(seq) into last from waiting;
  if last is null then
    update event_sinks set complete = true where name = p_name;
  end if;
  return last;
end $$;

-- An operator drops a sink: nothing waits for it any more. What it lacked stays in outbox_deliveries until
-- settle_backlog has been told of it, in pieces.
create or replace function drop_event_sink(p_name text) returns void
language plpgsql
as $$
begin
  perform pg_advisory_xact_lock(hashtext('holdfast event sinks'));
  if p_name = 'effects' then
    raise exception 'effects belong to every node: they cannot be dropped';
  end if;
  if not exists (select from event_sinks where name not in ('effects', p_name)) then
    raise exception 'it is the only sink: events would go nowhere';
  end if;
  delete from event_sinks where name = p_name;
end $$;
