-- Drafts of before are taken for products that were never in the catalog.
update products set published_at = null where status = 'draft';
