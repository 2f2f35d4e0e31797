-- primary first
alter table cluster add constraint a_shop_has_an_id check (shop is not null);

alter table refunds add constraint a_failure_has_a_code
  check (status <> 'failed' or failure_code is not null) not valid;
