-- These new events were taken by these sinks (perhaps by none). An event that every sink has is deleted; for the others
-- it is noted which sinks lack them. What another relay has noted in the meantime stays.
-- add_event_sink and drop_event_sink wait for the shared advisory lock: the set of sinks stays the same meanwhile.
create or replace function settle_events(p_seqs bigint[], p_sinks text[]) returns void
language plpgsql
set holdfast.settles_outbox = 'on'
set enable_seqscan = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  lacking text[];
begin
  perform pg_advisory_xact_lock_shared(hashtext('holdfast event sinks'));
  select array_agg(name) into lacking from event_sinks where name <> all (p_sinks);
  if lacking is null then
    delete from outbox where seq = any (p_seqs) and not distributed;
    return;
  end if;
  with fresh as (
    update outbox set distributed = true
    where seq = any (p_seqs) and not distributed
    returning seq, partition
  )
  insert into outbox_deliveries (seq, sink, partition)
  select seq, name, partition from fresh, unnest(lacking) as name;
end $$;

-- A sink has these events of its backlog, or will never have them: an event that no sink lacks any more is deleted.
-- Its row is locked first: of two sinks that take the last two places, the second one has to see the first.
create or replace function settle_backlog(p_sink text, p_seqs bigint[]) returns void
language plpgsql
set holdfast.settles_outbox = 'on'
set enable_seqscan = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
begin
  perform pg_advisory_xact_lock_shared(hashtext('holdfast event sinks'));
  perform from outbox where seq = any (p_seqs) order by seq for update;
  delete from outbox_deliveries where sink = p_sink and seq = any (p_seqs);
  delete from outbox o
  where o.seq = any (p_seqs) and o.distributed
    and (select true from outbox_deliveries d where d.seq = o.seq limit 1) is null;
end $$;
