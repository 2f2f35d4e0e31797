-- The catalog and its stock. Money is in the currency's minor unit (cents); money, counts and versions are bigint and
-- at most 2^53 - 1, because JavaScript and many JSON readers hold numbers as doubles.

create type product_status as enum ('draft', 'active', 'archived');

create type movement_kind as enum ('receive', 'set', 'adjust', 'reserve', 'commit', 'release', 'return');

-- The categories of products, a tree: a category without a parent is a root.
create table categories (
  id uuid primary key,
  slug text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(slug) <= 100),
  name text not null check (char_length(name) between 1 and 100),
  description text not null default '' check (char_length(description) <= 5000),
  parent_id uuid references categories check (parent_id <> id),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create index categories_parent on categories (parent_id);

-- The products. `version` rises with each change of the row; only active products are in the catalog.
create table products (
  id uuid primary key,
  sku text not null constraint products_sku_taken unique check (char_length(sku) between 1 and 64),
  slug text not null constraint products_slug_taken unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(slug) <= 200),
  name text not null check (char_length(name) between 1 and 200),
  description text not null default '' check (char_length(description) <= 10000),
  category_id uuid not null constraint products_category_not_found references categories,
  price bigint not null check (price between 0 and 100000000000),
  currency char(3) not null check (currency ~ '^[A-Z]{3}$'),
  attributes jsonb not null default '{}' check (jsonb_typeof(attributes) = 'object'),
  image_url text check (char_length(image_url) <= 2000),
  status product_status not null default 'active',
  version bigint not null default 1 check (version between 1 and 9007199254740991),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  search tsvector not null generated always as (
    setweight(to_tsvector('simple', name), 'A') || setweight(to_tsvector('simple', sku), 'B')
      || setweight(to_tsvector('simple', description), 'C')) stored
);

create index products_category on products (category_id);
create index products_search on products using gin (search);
create index products_newest on products (created_at desc, id desc) where status = 'active';
create index products_price on products (price, id) where status = 'active';
create index products_name on products (lower(name), id) where status = 'active';

-- The stock of each product in units. `quantity` can still be sold, `reserved_quantity` is held by active reservations.
-- reserve: quantity -= n, reserved += n; confirm: reserved -= n; release: reserved -= n, quantity += n.
-- `version` rises only when `quantity` changes. The checks are the last line of defence against overselling.
create table inventory (
  product_id uuid primary key references products,
  quantity bigint not null check (quantity between 0 and 9007199254740991),
  reserved_quantity bigint not null default 0 check (reserved_quantity between 0 and 9007199254740991),
  version bigint not null default 1 check (version between 1 and 9007199254740991),
  updated_at timestamptz not null default now()
) with (fillfactor = 50);

-- The stock ledger, append-only: the sums of a product's rows are its row of `inventory`. One cause moves a product once in
-- each kind, so a repeated cause (an order's id, a hash of an idempotency key) cannot move it again.
create table inventory_movements (
  cause_id uuid not null,
  product_id uuid not null references inventory,
  kind movement_kind not null,
  quantity bigint not null,
  reserved bigint not null default 0,
  reason text check (char_length(reason) between 1 and 200),
  created_at timestamptz not null default now(),
  primary key (cause_id, product_id, kind),
  check (quantity <> 0 or reserved <> 0)
);

create index inventory_movements_product on inventory_movements (product_id, created_at desc);
