-- What a session holds without having paid: place_orders counts it, and a session may have thousands of older orders.
create index pending_orders_of_session on orders (session_id) where status = 'pending';
