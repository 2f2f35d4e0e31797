-- One row that the nodes together write about once a second: its age on a replica says how far behind the replica is, also
-- when nothing else is written. The page has room for many versions of the row, because it is written often.
create table heartbeat (
  only_row boolean primary key default true check (only_row),
  at timestamptz not null
) with (fillfactor = 10, autovacuum_vacuum_threshold = 1000);
