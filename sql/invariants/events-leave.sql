-- Every event leaves the outbox within a minute, and none is parked.
-- When it fires: if the event is not parked, no relay runs or Redis is unreachable; look for "outbox" in the nodes' logs. If
-- it is parked, the sink refused it ten times, and the log says why. Mend that, then set its attempts to 0 and its parked_at
-- to null.
select seq, type, aggregateid, version, created_at, attempts, parked_at
from outbox
where parked_at is not null or created_at < now() - interval '1 minute'
