-- probe: the state of a replica, in one row; no row: this database has no subscription. Shared catalogs show the
-- subscriptions of every database of the cluster, so the query asks for those of this database.
--
-- watermark  latest_end_lsn: everything up to here is applied and visible to statements that begin LATER. A keepalive sets
--            it, after everything before the keepalive was applied. (The origin's remote_lsn and received_lsn run ahead of
--            what is visible; pg_last_wal_replay_lsn belongs to physical replicas.)
-- pid        of the apply worker; null while there is none
-- whole      every table of schema public is subscribed to and has been copied: until then a table is empty here, although
--            the watermark is past its rows
-- heartbeat_at, epoch
--            the newest heartbeat and the cluster's epoch as they have arrived here
select worker.latest_end_lsn::text as watermark,
       worker.pid,
       not exists (
         select from pg_class as relation
          where relation.relnamespace = 'public'::regnamespace
            and relation.relkind = 'r'
            and not exists (
              select from pg_subscription_rel
               where srrelid = relation.oid and srsubstate = 'r')
       ) as whole,
       (select at from heartbeat) as heartbeat_at,
       (select epoch from cluster) as epoch
  from pg_subscription as subscription
  left join pg_stat_subscription as worker on worker.subid = subscription.oid and worker.relid is null
 where subscription.subdbid = (select oid from pg_database where datname = current_database())
 order by worker.latest_end_lsn nulls first
 limit 1
