insert into heartbeat (at) values (clock_timestamp());
