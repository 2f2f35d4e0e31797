-- The pending orders of a session: place_orders counts them, and a session may have thousands of older orders.
create index pending_orders_of_session on orders (session_id) where status = 'pending';
