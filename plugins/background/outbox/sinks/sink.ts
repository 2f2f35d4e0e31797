/** What leaves the outbox: a CloudEvent 1.0, with what a consumer needs to put it in order. */
export type CloudEvent = {
  specversion: '1.0'
  /** The event's own id: the same again when it is delivered again. */
  id: string
  source: '/holdfast'
  /** order.placed, order.confirmed, order.cancelled, order.refund_requested, order.refunded, inventory.changed,
   *  product.created, product.changed */
  type: string
  /** The id of the aggregate that it is about. */
  subject: string
  /** When it happened. */
  time: string
  datacontenttype: 'application/json'
  data: Record<string, unknown>
  /** Events with the same key are in order; first deliveries are, repeats may come late. */
  partitionkey: string
  aggregatetype: string
  /** Rises with every change of the aggregate: drop what is not newer than what was seen. */
  aggregateversion: number
}

/** Where events go. */
export type EventSink = {
  /**
   * Ends when the sink has the event for good.
   * @throws EventRefused when it will not have this very event; anything else means that it is away
   */
  publish: (event: CloudEvent) => Promise<void>
}

/** This event, not the way to the sink, is what is wrong. */
export class EventRefused extends Error {
  override name = 'EventRefused'
}
