-- Keys of the shop's staff and scripts. Only a SHA-256 of the secret is kept: it is random, so a fast hash is enough.
create table api_keys (
  id uuid primary key,
  name text not null check (char_length(name) between 1 and 100),
  secret_hash bytea not null unique check (octet_length(secret_hash) = 32),
  scopes text[] not null check (scopes <@ array['catalog', 'inventory', 'orders', 'ops', 'keys']),
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);

-- One row: the epoch of the database. It is a UUIDv7 and changes with restore and promotion. Values outside PostgreSQL that
-- were read from the database carry its epoch, and the newer epoch wins.
create table cluster (
  only_row boolean primary key default true check (only_row),
  epoch uuid not null
);
