-- Orders, their payments, reservations and refunds. The functions in sql/functions write them, and one update
-- of a payment in plugins/shop/checkout/transactions.ts (recordUnknownOutcome).

create type order_status as enum ('pending', 'confirmed', 'completed', 'cancelled');

create type payment_status as enum (
  'created', 'processing', 'succeeded', 'failed', 'unknown', 'refund_pending', 'partially_refunded', 'refunded');

create type fulfillment_status as enum ('unfulfilled', 'partially_fulfilled', 'fulfilled', 'delivered');

create type reservation_status as enum ('active', 'committed', 'released', 'expired');

create type refund_status as enum ('pending', 'succeeded');

create type cancel_reason as enum (
  'payment_declined', 'payment_failed', 'expired', 'customer', 'admin', 'stock_lost');

-- An order. The row is the idempotency record too: (session_id, idempotency_key) is taken once, also when the order is
-- cancelled later, and a cart has at most one order that is not cancelled. When the client sends no key, the key is the
-- order's id. `number` is the order number that the customer sees; it is derived from the id.
create table orders (
  id uuid primary key,
  number text not null check (number ~ '^[0-9A-HJKMNP-TV-Z]{12}$'),
  session_id uuid not null,
  idempotency_key text not null check (char_length(idempotency_key) between 16 and 255),
  request_hash bytea not null check (octet_length(request_hash) = 32),
  cart_id uuid,
  status order_status not null default 'pending',
  fulfillment_status fulfillment_status not null default 'unfulfilled',
  email text not null check (char_length(email) between 3 and 254),
  shipping_address jsonb check (jsonb_typeof(shipping_address) = 'object'),
  currency char(3) not null check (currency ~ '^[A-Z]{3}$'),
  total bigint not null check (total between 0 and 9007199254740991),
  cancel_reason cancel_reason,
  version bigint not null default 1 check (version >= 1),
  created_at timestamptz not null default now(),
  confirmed_at timestamptz,
  cancelled_at timestamptz,
  updated_at timestamptz not null default now(),
  unique (session_id, idempotency_key),
  unique (id, total, currency),
  check ((status = 'cancelled') = (cancelled_at is not null)),
  check ((status = 'cancelled') = (cancel_reason is not null)),
  check (status in ('pending', 'cancelled') or confirmed_at is not null),
  check (status <> 'pending' or confirmed_at is null)
) with (fillfactor = 80);

create unique index one_live_order_a_cart on orders (cart_id) where status <> 'cancelled';
create index orders_of_session on orders (session_id, created_at desc, id desc);

-- Which order status may follow which. The rows are in 0004; a trigger on `orders` refuses every other transition.
create table order_transitions (
  from_status order_status not null,
  to_status order_status not null,
  primary key (from_status, to_status)
);

create function check_order_transition() returns trigger language plpgsql as $$
begin
  if not exists (
    select from order_transitions where from_status = old.status and to_status = new.status
  ) then
    raise exception 'order % cannot go from % to %', old.id, old.status, new.status
      using errcode = 'check_violation';
  end if;
  return new;
end $$;

create trigger order_transition before update of status on orders for each row
  when (old.status is distinct from new.status) execute function check_order_transition();

-- The line items of an order, with name and price at the time of the purchase. They are also the lines of its reservation.
create table order_items (
  order_id uuid not null references orders,
  product_id uuid not null references products,
  position smallint not null check (position between 1 and 100),
  sku text not null,
  name text not null,
  quantity integer not null check (quantity between 1 and 999),
  unit_price bigint not null check (unit_price between 0 and 100000000000),
  primary key (order_id, product_id)
);

-- The one payment of an order; its id is the payment provider's idempotency key. The foreign key ties amount and currency to
-- the order's total. `check_at` (database clock) is when the payment resolver looks at the payment next; until then the
-- request that placed the order is taken to be alive. It is the only lease on a payment, and null exactly when nothing is
-- left to do.
create table payments (
  id uuid primary key,
  order_id uuid not null unique,
  amount bigint not null check (amount >= 0),
  currency char(3) not null,
  status payment_status not null default 'processing',
  provider_reference text,
  failure_code text,
  captured bigint not null default 0 check (captured in (0, amount)),
  refunded bigint not null default 0 check (refunded between 0 and captured),
  check_at timestamptz,
  attempts integer not null default 0 check (attempts >= 0),
  version bigint not null default 1 check (version >= 1),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  foreign key (order_id, amount, currency) references orders (id, total, currency),
  check ((check_at is not null) = (status in ('processing', 'unknown', 'refund_pending'))),
  check (captured = 0 or status not in ('created', 'processing', 'unknown', 'failed'))
) with (fillfactor = 80);

create index payments_to_check on payments (check_at) where check_at is not null;

-- Refunds. A row is written in the transaction that finds the refund due, so it cannot be forgotten; its id is the payment
-- provider's idempotency key, and the payment resolver calls the provider until it has answered.
create table refunds (
  id uuid primary key default gen_random_uuid(),
  payment_id uuid not null references payments,
  amount bigint not null check (amount >= 0),
  reason text not null check (char_length(reason) between 1 and 200),
  status refund_status not null default 'pending',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create index refunds_of_payment on refunds (payment_id);

-- The reservation of an order: one for all its line items. It ends once, as committed, released or expired, in the
-- transaction that moves the stock.
create table reservations (
  order_id uuid primary key references orders,
  status reservation_status not null default 'active',
  expires_at timestamptz not null
) with (fillfactor = 80);

create index reservations_due on reservations (expires_at) where status = 'active';

create function check_reservation_transition() returns trigger language plpgsql as $$
begin
  raise exception 'the hold of order % has ended as %', old.order_id, old.status
    using errcode = 'check_violation';
end $$;

create trigger reservation_transition before update of status on reservations for each row
  when (old.status <> 'active') execute function check_reservation_transition();

-- The history of an order: a row for each version, written in the transaction that changed the order.
create table order_events (
  order_id uuid not null references orders,
  version bigint not null,
  type text not null,
  created_at timestamptz not null default now(),
  primary key (order_id, version)
);
