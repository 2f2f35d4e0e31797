-- The slugs that products had before, so that old links lead to them. The product that has the slug now comes first. Only the
-- trigger on `products` writes it.
create table former_slugs (
  slug text primary key,
  product_id uuid not null references products on delete cascade,
  replaced_at timestamptz not null default now()
);

create index former_slugs_product on former_slugs (product_id);

-- A product that gets another slug. A slug that several products had leads to the last of them.
create function keep_former_slug() returns trigger language plpgsql as $$
begin
  insert into former_slugs (slug, product_id) values (old.slug, new.id)
  on conflict (slug) do update set product_id = excluded.product_id, replaced_at = excluded.replaced_at;
  return null;
end $$;

create trigger products_slug_replaced after update of slug on products for each row
when (old.slug <> new.slug) execute function keep_former_slug();
