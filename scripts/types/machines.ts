export type Transition = { from: string; to: string; by: string[] }

export type Machine = {
  title: string
  text: string
  /** The enumeration of its states. */
  type: string
  transitions: Transition[]
  /** States that nothing writes yet, and what they are for. */
  reserved?: Record<string, string>
}

/** Where a row begins. */
export const start = '[*]'

/** The state machines that no table in the database holds. `by` names the SQL functions that make a transition. */
export const machines: Machine[] = [
  {
    title: 'Payment',
    text: `The status of \`payments\`. \`unknown\` means that the provider's answer is not known: the payment resolver closes the payment
at the provider and so ends it. A payment whose order had ended before its charge was known
(late money) goes to \`refund_pending\` too. When its refund fails, it is \`succeeded\` again: the money has not gone back.`,
    type: 'payment_status',
    transitions: [
      { from: start, to: 'processing', by: ['place_orders'] },
      { from: 'processing', to: 'succeeded', by: ['finish_orders'] },
      { from: 'processing', to: 'failed', by: ['finish_orders'] },
      {
        from: 'processing',
        to: 'unknown',
        by: ['finish_orders', 'claim_payments', 'cancel_order']
      },
      { from: 'processing', to: 'refund_pending', by: ['finish_orders'] },
      { from: 'unknown', to: 'succeeded', by: ['finish_orders'] },
      { from: 'unknown', to: 'failed', by: ['finish_orders'] },
      { from: 'unknown', to: 'refund_pending', by: ['finish_orders'] },
      { from: 'failed', to: 'refund_pending', by: ['finish_orders'] },
      { from: 'succeeded', to: 'refund_pending', by: ['cancel_order', 'retry_refund'] },
      { from: 'refund_pending', to: 'refunded', by: ['finish_refund'] },
      { from: 'refund_pending', to: 'succeeded', by: ['finish_refund'] }
    ],
    reserved: {
      created: 'reserved for a payment that is created before its charge begins',
      partially_refunded:
        'reserved for refunds of a part of the charge; finish_refund knows it, but every refund is of the whole charge'
    }
  },
  {
    title: 'Reservation',
    text: `The status of \`reservations\`. A trigger keeps an ended reservation as it is.`,
    type: 'reservation_status',
    transitions: [
      { from: start, to: 'active', by: ['place_orders'] },
      { from: 'active', to: 'committed', by: ['finish_orders'] },
      { from: 'active', to: 'released', by: ['finish_orders', 'cancel_order'] },
      { from: 'active', to: 'expired', by: ['finish_orders'] }
    ]
  },
  {
    title: 'Refund',
    text: `The status of \`refunds\`. The payment resolver repeats a pending refund until it has ended at the provider.
A refund that failed is owed still: an operator begins another attempt (\`npm run refunds -- --retry\`).`,
    type: 'refund_status',
    transitions: [
      { from: start, to: 'pending', by: ['finish_orders', 'cancel_order'] },
      { from: 'pending', to: 'succeeded', by: ['finish_refund'] },
      { from: 'pending', to: 'failed', by: ['finish_refund'] },
      { from: 'failed', to: 'pending', by: ['retry_refund'] }
    ]
  },
  {
    title: 'Fulfillment',
    text: 'The fulfillment status of `orders`: nothing is shipped yet, so an order keeps its first status.',
    type: 'fulfillment_status',
    transitions: [{ from: start, to: 'unfulfilled', by: ['place_orders'] }],
    reserved: Object.fromEntries(
      ['partially_fulfilled', 'fulfilled', 'delivered'].map((status) => [
        status,
        'reserved for shipments'
      ])
    )
  }
]
