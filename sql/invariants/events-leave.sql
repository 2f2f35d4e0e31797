-- Every event leaves the outbox within a minute, and none is parked.
-- When it fires: if the event is not parked, no relay runs, or a sink is unreachable or was never dropped (`sinks` names the
-- ones that lack it); look for "outbox" and "event sink" in the nodes' logs, and at npm run sinks. If it is parked, a sink
-- refused it ten times, and the log says why. Mend that, then set attempts to 0 and parked_at to null in outbox_deliveries.
select o.seq, o.type, o.aggregateid, o.version, o.created_at, d.attempts, d.parked_at, d.sinks
from outbox o
left join lateral (
  select max(attempts) as attempts, min(parked_at) as parked_at, array_agg(sink order by sink) as sinks
  from outbox_deliveries where seq = o.seq
) d on true
where d.parked_at is not null or o.created_at < now() - interval '1 minute'
