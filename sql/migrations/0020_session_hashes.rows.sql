-- The orders follow in batches (scripts/stack/postgres/hash-sessions.ts), since one update of all of them would hold the
-- locks of every order until its end, and the replicas would fall behind.
update cluster set session_hashes_since = now();
