-- One row that the nodes write about once a second, all of them together: how old it is on a replica says how far behind
-- the replica is, also when nothing else is written. Written often, so it has room to stay on its page.
create table heartbeat (
  only_row boolean primary key default true check (only_row),
  at timestamptz not null
) with (fillfactor = 10, autovacuum_vacuum_threshold = 1000);
