-- The partition in which a relay sends p_sink what it lacks, for p_lease, if no other relay does so; null: there is none.
-- p_tried: partitions that this relay has had in this round. p_effects_first: as in claim_partition. Effects of an event that
-- have failed ten times hold up no other sink: they are never parked, and may fail for as long as a node has a fault.
create or replace function claim_backlog(
  p_owner uuid, p_lease interval, p_tried int[], p_sink text, p_effects_first boolean
) returns int
language plpgsql
set enable_seqscan = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  claimed int;
begin
  update outbox_leases set owner = p_owner, lease_until = clock_timestamp() + p_lease
  where (sink, partition) = (
    select l.sink, l.partition from outbox_leases l
    join event_sinks s on s.name = l.sink and s.complete
    where l.sink = p_sink and l.lease_until <= clock_timestamp() and l.partition <> all (p_tried)
      and (select true from outbox_deliveries d
           where d.sink = l.sink and d.partition = l.partition and d.parked_at is null limit 1)
      and (l.sink = 'effects' or not p_effects_first or (
        select true from outbox_deliveries d
        where d.sink = 'effects' and d.partition = l.partition and d.parked_at is null and d.attempts < 10
        limit 1) is null)
    order by l.lease_until
    limit 1
    for no key update of l skip locked
  )
  returning partition into claimed;
  return claimed;
end $$;
