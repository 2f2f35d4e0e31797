-- position_seen: a position of the primary's log at or after everything that the statement that calls it sees. A session that has
-- read here reads nothing older elsewhere. Call it as `(select position_seen(…))`, which is evaluated once, after the statement's
-- snapshot was taken.
--
-- p_on_replica  true: received_lsn, which is raised before a change is applied, so it is never behind what is visible; null while no
--               worker has received anything. false: the insert position, since the written position may be behind a commit that
--               did not wait for the disk
create or replace function position_seen(p_on_replica boolean) returns pg_lsn
language plpgsql volatile
set plan_cache_mode = force_generic_plan
as $$
begin
  if not p_on_replica then return pg_current_wal_insert_lsn(); end if;
  return (
    select min(worker.received_lsn)
      from pg_subscription as subscription
      join pg_stat_subscription as worker on worker.subid = subscription.oid and worker.relid is null
     where subscription.subdbid = (select oid from pg_database where datname = current_database()));
end $$;
