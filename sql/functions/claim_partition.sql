-- What a relay publishes next: the partition of the outbox that has waited longest, for p_lease, if nobody has it.
-- null: there is nothing to do. p_tried: partitions that this relay has had in this round.
-- The lease is on the partition and not on its rows: two relays at the rows of one aggregate would mix up their order.
create or replace function claim_partition(p_owner uuid, p_lease interval, p_tried int[]) returns int
language sql
set enable_seqscan = off
as $$
  update outbox_partition set owner = p_owner, lease_until = clock_timestamp() + p_lease
  where partition = (
    select p.partition from outbox_partition p
    where p.lease_until <= clock_timestamp() and p.partition <> all (p_tried)
      and exists (select from outbox o where o.partition = p.partition and o.parked_at is null)
    order by p.lease_until
    limit 1
    for no key update skip locked
  )
  returning partition::int
$$;
