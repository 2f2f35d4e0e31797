-- The least that a shop can write for an order: what pgbench is measured with.
create table if not exists stock (id int primary key, quantity bigint not null check (quantity >= 0));
create table if not exists orders (
  id bigint generated always as identity primary key, session uuid not null, key text not null, status text not null,
  total bigint not null, created_at timestamptz not null default now(), unique (session, key));
create table if not exists items (
  order_id bigint not null, product int not null, quantity int not null, price bigint not null,
  primary key (order_id, product));
create table if not exists payments (
  order_id bigint primary key, status text not null, amount bigint not null, reference text);
