-- From here on the shop keeps a hash of a session's id, not the id: a reader of the database cannot use the session with it.

-- The first 128 bits of the SHA-256 of the id as lower-case text, as plugins/kernel/session/id.ts makes it.
create function hash_session(id uuid) returns uuid language sql immutable strict parallel safe as $$
  select encode(substr(sha256(convert_to(id::text, 'UTF8')), 1, 16), 'hex')::uuid
$$;

alter table orders
  -- Whether session_id is the hash. False only in rows that are older than this migration, until `npm run migrate` has
  -- gone through them.
  add column session_hashed boolean not null default false;

-- The function place_orders of the last release writes the id, until it is replaced after the migrations: it becomes the hash.
create function hash_session_of_order() returns trigger language plpgsql as $$
begin
  new.session_id := hash_session(new.session_id);
  new.session_hashed := true;
  return new;
end $$;

create trigger order_session before insert on orders for each row
  when (not new.session_hashed) execute function hash_session_of_order();

alter table cluster
  -- When the database began to keep hashes: for 7 days nodes also read what is kept elsewhere under the id itself.
  add column session_hashes_since timestamptz,
  -- When every older order had its hash.
  add column sessions_hashed_at timestamptz;

-- A purchase of items by key: a request that names no session has to find it, whichever session has made it.
create index purchases_of_items on orders (idempotency_key) where cart_id is null;
