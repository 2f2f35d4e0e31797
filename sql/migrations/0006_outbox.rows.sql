insert into outbox_partition (partition) select generate_series(0, 15);
