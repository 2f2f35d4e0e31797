-- Every event leaves the outbox within a minute, and none is parked.
-- When it fires: not parked: no relay runs, or Redis is away; look at the nodes' logs for "outbox". Parked: the sink refused
-- the event ten times, and the log says why. Mend that, then set its attempts to 0 and its parked_at to null.
select seq, type, aggregateid, version, created_at, attempts, parked_at
from outbox
where parked_at is not null or created_at < now() - interval '1 minute'
