/**
 * What the nodes' role may do to each table of the primary, besides reading it. Ledgers are written once and never changed: an
 * error in a node, or a statement that an attacker smuggles in, cannot rewrite the evidence that the invariants look at.
 * A table that is missing here (of a later migration) may be written and deleted from.
 */
export const rights: Record<string, string[]> = {
  // The catalog
  categories: ['insert', 'update'],
  products: ['insert', 'update'],
  inventory: ['insert', 'update'],
  listings: ['insert', 'update', 'delete'],
  listing_words: ['insert'],

  // Orders and money. A refused purchase is deleted by the statement that made it: it has no lines and no history yet.
  orders: [
    'insert',
    'update (status, version, updated_at, confirmed_at, cancelled_at, cancel_reason)',
    'delete'
  ],
  order_items: ['insert'],
  payments: [
    'insert',
    'update (status, version, updated_at, provider_reference, failure_code, captured, refunded, attempts, check_at)'
  ],
  refunds: [
    'insert',
    'update (status, updated_at, provider_key, provider_reference, failure_code)'
  ],
  lost_charges: ['insert', 'update'],
  reservations: ['insert', 'update (status)'],

  // Ledgers, and what decides
  inventory_movements: ['insert'],
  order_events: ['insert'],
  order_transitions: [],
  cluster: ['update (provider)'],
  epochs: ['update (reviewed_at)'],
  // keep_bootstrap_key writes it
  api_keys: [],

  // Events that wait
  outbox: ['insert', 'update', 'delete'],
  outbox_deliveries: ['insert', 'update', 'delete'],
  outbox_partition: ['update'],
  outbox_leases: ['insert', 'update'],
  event_sinks: ['insert', 'update'],
  heartbeat: ['update']
}

/** The rights on a table that is not listed above. */
export const otherRights = ['insert', 'update', 'delete']
