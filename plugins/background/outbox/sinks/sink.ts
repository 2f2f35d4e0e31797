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
  /** First deliveries of events with the same key are in order; repeats may come late. */
  partitionkey: string
  aggregatetype: string
  /** Rises with every change of the aggregate: a consumer drops what is not newer than what it has seen. */
  aggregateversion: number
}

/** Where events go. test/contracts/event-sink.ts checks what is said here. */
export type EventSink = {
  /** As in EVENT_SINKS and in the table event_sinks. */
  readonly name: string
  /** Called before the first batch. It does not wait for the sink's server: a node starts while that is unreachable. */
  start: () => Promise<void>
  /** Called after the last batch: closes what `start` has opened. */
  stop: () => Promise<void>
  /**
   * Takes events in the order given, and answers how many of them the sink has for good, counted from the first: all of
   * them, or as many as it could take within about a second, but at least one. The relay comes again with the others.
   * It waits 4 s for an answer and then takes the sink for unreachable.
   * An event that the sink has already may come again.
   * @throws EventRefused when the sink will never take one of them. Anything else means that the sink is unreachable: none
   * of the events counts as taken, and all of them come again.
   */
  accept: (events: CloudEvent[]) => Promise<number>
}

/**
 * The sink will never take an event. Ten refusals park it; later events of its aggregate wait until then. With
 * `is_ours` the fault is not the event's but this program's: the event is never parked, and offered until it is taken; for
 * such a sink the order of events does not matter.
 * `event` is its id, and says that the sink has the events before it in the batch. Without `event` the relay sends each
 * event of the batch by itself, to find out which one it is.
 */
export class EventRefused extends Error {
  override name = 'EventRefused'
  readonly event: string | undefined
  readonly is_ours: boolean

  constructor(
    message: string,
    { event, is_ours = false, cause }: { event?: string; is_ours?: boolean; cause?: unknown } = {}
  ) {
    super(message, { cause })
    this.event = event
    this.is_ours = is_ours
  }
}
