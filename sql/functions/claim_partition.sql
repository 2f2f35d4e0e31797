-- What a relay works on next: the partition with new events that has waited longest, for p_lease, if no other relay has it.
-- partition: null when there is nothing to do. in_step: the sinks of p_sinks that may be sent its new events.
-- backlog: the sinks of p_sinks that lack older events, in any partition (claim_backlog).
-- p_tried: partitions that this relay has had in this round. p_effects_first: a partition where effects have a backlog
-- waits for them; false while the relay knows that Redis is unreachable.
-- The lease is on the partition and not on its rows: two relays with rows of one aggregate would mix up their order.
-- Here and in claim_backlog: `(select true … limit 1)` looks at one row. The planner makes a join of an `exists`, and reads
-- a whole backlog. Without `jit = off` the cost of a forbidden sequential scan makes PostgreSQL compile the plan.
create or replace function claim_partition(
  p_owner uuid, p_lease interval, p_tried int[], p_sinks text[], p_effects_first boolean
) returns table (partition int, in_step text[], backlog text[])
language plpgsql
set enable_seqscan = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
begin
  select p.partition into claim_partition.partition
  from outbox_partition p
  where p.lease_until <= clock_timestamp() and p.partition <> all (p_tried)
    and (select true from outbox o where o.partition = p.partition and not o.distributed limit 1)
    and may_distribute(sinks_in_step(p.partition, p_sinks), p_effects_first)
  order by p.lease_until
  limit 1
  for no key update skip locked;

  -- Read again under the row's lock: the relay before this one may have noted a backlog just now.
  if claim_partition.partition is not null then
    claim_partition.in_step := sinks_in_step(claim_partition.partition, p_sinks);
    if may_distribute(claim_partition.in_step, p_effects_first) then
      update outbox_partition p set owner = p_owner, lease_until = clock_timestamp() + p_lease
      where p.partition = claim_partition.partition;
    else
      claim_partition.partition := null;
    end if;
  end if;

  claim_partition.backlog := coalesce((
    select array_agg(s.name) from event_sinks s
    where s.name = any (p_sinks)
      and (select true from outbox_deliveries d where d.sink = s.name and d.parked_at is null limit 1)), '{}');
  return next;
end $$;

-- Which of these sinks may be sent new events of a partition: those that lack nothing older but what is parked for them,
-- and to which no relay is sending anything older. Effects may be done in any order: those that have failed ten times don't
-- count.
create or replace function sinks_in_step(p_partition int, p_sinks text[]) returns text[]
language plpgsql stable
set enable_seqscan = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return (
    select coalesce(array_agg(s.name), '{}')
    from event_sinks s
    join outbox_leases l on l.sink = s.name and l.partition = p_partition
    where s.name = any (p_sinks) and s.complete and l.lease_until <= clock_timestamp()
      and (select true from outbox_deliveries d
           where d.sink = s.name and d.partition = p_partition and d.parked_at is null
             and (d.sink <> 'effects' or d.attempts < 10) limit 1) is null);
end $$;

-- Whether new events may go to these sinks: effects come first, unless the relay knows that they can't be done now.
create or replace function may_distribute(p_in_step text[], p_effects_first boolean) returns boolean
language sql immutable
as $$ select case when p_effects_first then 'effects' = any (p_in_step) else cardinality(p_in_step) > 0 end $$;

-- Nodes of the release before event_sinks call this one. They know one sink: they get nothing to do.
create or replace function claim_partition(p_owner uuid, p_lease interval, p_tried int[]) returns int
language sql
as $$ select null::int $$;
