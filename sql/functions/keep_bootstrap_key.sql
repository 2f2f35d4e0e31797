-- Makes the key with this hash the bootstrap key (ADMIN_API_KEY), with these scopes. When the variable changes, the new key
-- replaces the old one. It runs with the rights of its owner, because the nodes' role cannot write api_keys: nothing that a
-- node runs can give another key scopes, or bring a revoked key back.
create or replace function keep_bootstrap_key(p_secret_hash bytea, p_scopes text[]) returns void
language sql
security definer
set search_path = public, pg_temp
as $$
  insert into api_keys (id, name, secret_hash, scopes)
  values ('00000000-0000-7000-8000-000000000001', 'bootstrap (ADMIN_API_KEY)', p_secret_hash, p_scopes)
  on conflict (id) do update set secret_hash = excluded.secret_hash, scopes = excluded.scopes
  where (api_keys.secret_hash, api_keys.scopes) is distinct from (excluded.secret_hash, excluded.scopes)
$$;
revoke all on function keep_bootstrap_key(bytea, text[]) from public;
