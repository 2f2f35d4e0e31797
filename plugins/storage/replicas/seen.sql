-- seen: a position at or after everything that earlier statements on this replica have seen. received_lsn is raised before
-- a change is applied, so it is never behind what was visible; the watermark of probe.sql may be. Null while no worker has
-- received anything.
select min(worker.received_lsn)::text as seen
  from pg_subscription as subscription
  join pg_stat_subscription as worker on worker.subid = subscription.oid and worker.relid is null
 where subscription.subdbid = (select oid from pg_database where datname = current_database())
