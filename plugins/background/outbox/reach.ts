import { effectsName } from './effects.ts'
import { offer, type Offer } from './offer.ts'
import type { Row } from './queries.ts'
import type { EventSink } from './sinks/sink.ts'

export type RelayEvents = {
  /** A sink has an event; one that is delivered again is told again. */
  delivered: (sink: string, type: string) => void
  unreachable: (sink: string, err: Error) => void
  reachable: (sink: string) => void
  /** The primary is unreachable, most likely: the backlog is sent in a later round. */
  failed: (sink: string, err: unknown) => void
  parked: (sink: string, event: Row, err: unknown) => void
  /** The tenth attempt failed by a fault of this program: the event is offered again and again, other sinks go on. */
  failing: (sink: string, event: Row, err: unknown) => void
}

export type Reach = ReturnType<typeof openReach>

/** The sinks of a relay, and which of them did not answer when they were last offered something. */
export function openReach(sinks: EventSink[], events: RelayEvents) {
  const byName = new Map(sinks.map((sink) => [sink.name, sink]))
  const unreachable = new Set<string>()

  async function offerTo(name: string, rows: Row[], over: () => boolean): Promise<Offer> {
    const answer = await offer(byName.get(name)!, rows, over)
    for (const { type } of answer.taken) events.delivered(name, type)
    if (answer.unreachable) {
      if (!unreachable.has(name)) events.unreachable(name, answer.unreachable)
      unreachable.add(name)
    } else if (answer.taken.length > 0 && unreachable.delete(name)) events.reachable(name)
    return answer
  }

  return {
    names: [...byName.keys()],
    offerTo,
    isReachable: (name: string) => !unreachable.has(name),
    /** Effects come before other sinks, unless their Redis is unreachable. */
    effectsFirst: () => !unreachable.has(effectsName)
  }
}
