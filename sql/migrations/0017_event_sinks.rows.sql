-- A shop that is in use published to Redis Streams, and goes on doing so until an operator drops that sink.
insert into event_sinks (name, complete)
select 'effects', true union all select 'redis_streams', true where exists (select from products);

insert into outbox_leases (sink, partition)
select name, partition from event_sinks, generate_series(0, 15) as partition;

-- What was parked stays parked for Redis Streams. Its effects are repeated: they may be what was refused.
with parked as (
  update outbox set distributed = true
  where parked_at is not null and exists (select from event_sinks where name = 'redis_streams')
  returning seq, partition, attempts, parked_at
)
insert into outbox_deliveries (seq, sink, partition, attempts, parked_at)
select seq, 'effects', partition, 0, null from parked
union all
select seq, 'redis_streams', partition, attempts, parked_at from parked;
