import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import {
  EventRefused,
  type CloudEvent,
  type EventSink
} from '../../plugins/background/outbox/sinks/sink.ts'
import { until } from '../support/build.ts'

/** A sink with a server of its own, or a part of one that no other test writes to. */
export type SinkUnderTest = {
  sink: EventSink
  /** What a consumer has got of this aggregate type so far, in the order in which it got it. */
  received: (aggregatetype: string) => Promise<CloudEvent[]>
  /** From now on the sink's server refuses this event for good, and perhaps others of its aggregate type. */
  refuse: (event: CloudEvent) => Promise<void>
  /** Makes the sink's server unreachable. @returns what makes it reachable again */
  cutOff: () => Promise<() => Promise<void>>
}

/** What every event sink does: plugins/background/outbox/sinks/sink.ts. `open` makes a sink that is not started. */
export function checkEventSink(t: Test, open: (t: Test) => Promise<SinkUnderTest>) {
  const opened = async (test: Test) => {
    const under = await open(test)
    await under.sink.start()
    test.teardown(() => under.sink.stop())
    return under
  }

  t.test('a consumer gets the events of an aggregate in order, as they were sent', async (t) => {
    const { sink, received } = await opened(t)
    const events = [...eventsOf('order', 3), ...eventsOf('product', 2), ...eventsOf('order', 4)]
    await deliver(sink, events)
    for (const type of ['order', 'product']) {
      const sent = events.filter(({ aggregatetype }) => aggregatetype === type)
      t.same(bySubject(await received(type)), bySubject(sent))
    }
  })

  t.test('the sink takes a full batch of large events', async (t) => {
    const { sink, received } = await opened(t)
    const events = upTo(20).flatMap(() => eventsOf('inventory', 10, { text: 'x'.repeat(2000) }))
    await deliver(sink, events)
    t.same(bySubject(await received('inventory')), bySubject(events))
  })

  t.test('the sink takes an event that it has already', async (t) => {
    const { sink, received } = await opened(t)
    const events = eventsOf('order', 3)
    await deliver(sink, events)
    await deliver(sink, events)
    const ids = (await received('order')).map(({ id }) => id)
    t.same(
      [...new Set(ids)],
      events.map(({ id }) => id)
    )
  })

  t.test(
    'the sink refuses one event, and says so in a way that the relay can act on',
    async (t) => {
      const { sink, received, refuse } = await opened(t)
      const [before, poison, after] = [
        eventsOf('order', 2),
        eventsOf('product', 1),
        eventsOf('order', 2)
      ]
      await refuse(poison[0]!)
      const batch = [...before, ...poison, ...after]
      const err = await refusalOf(sink, batch)
      if (err.event !== undefined) {
        t.equal(err.event, poison[0]!.id)
        t.same(
          bySubject(await received('order')),
          bySubject(before),
          'the events before it are taken'
        )
      }
      const alone = await refusalOf(sink, poison)
      t.ok(alone.event === undefined || alone.event === poison[0]!.id)
      await deliver(sink, [...before, ...after])
      const seen = new Map((await received('order')).map((event) => [event.id, event]))
      t.same(bySubject([...seen.values()]), bySubject([...before, ...after]))
    }
  )

  t.test('the sink takes nothing while its server is unreachable, and goes on later', async (t) => {
    const { sink, received, cutOff } = await opened(t)
    const [first, second] = [eventsOf('order', 2), eventsOf('order', 2)]
    await deliver(sink, first)
    const giveBack = await cutOff()
    const began = performance.now()
    const err = await sink.accept(second).then(
      () => undefined,
      (cause: unknown) => cause
    )
    t.ok(err instanceof Error, 'it says so')
    t.notOk(err instanceof EventRefused, 'and does not blame the event')
    t.ok(performance.now() - began < 4000, 'before the relay gives the call up')

    await giveBack()
    await until('the server to be used again', async () => (await deliver(sink, second), true))
    const seen = new Map((await received('order')).map((event) => [event.id, event]))
    t.same(bySubject([...seen.values()]), bySubject([...first, ...second]))
  })

  t.test('the sink starts while its server is unreachable', async (t) => {
    const { sink, received, cutOff } = await open(t)
    const giveBack = await cutOff()
    await sink.start()
    t.teardown(() => sink.stop())
    await t.rejects(sink.accept(eventsOf('order', 1)))
    await giveBack()
    const events = eventsOf('order', 1)
    await until('the server to be used', async () => (await deliver(sink, events), true))
    t.match((await received('order')).at(-1), { id: events[0]!.id })
  })

  t.test('the sink stops, and what it took stays', async (t) => {
    const { sink, received } = await open(t)
    await sink.start()
    const events = eventsOf('order', 3)
    await deliver(sink, events)
    await sink.stop()
    t.same(bySubject(await received('order')), bySubject(events))
  })
}

/** As the relay does: until the sink has all of them. */
async function deliver(sink: EventSink, events: CloudEvent[]) {
  for (let rest = events; rest.length > 0;) {
    const count = await sink.accept(rest)
    if (!(Number.isInteger(count) && count >= 1 && count <= rest.length))
      throw new Error(`the sink took ${count} of ${rest.length} events`)
    rest = rest.slice(count)
  }
}

/** The refusal of a batch, of which the sink may have taken a part before. */
async function refusalOf(sink: EventSink, events: CloudEvent[]): Promise<EventRefused> {
  try {
    await deliver(sink, events)
  } catch (err) {
    if (err instanceof EventRefused) return err
    throw err
  }
  throw new Error('the sink has refused none of the events')
}

/** So many events of one new aggregate. */
function eventsOf(aggregatetype: string, count: number, data = {}): CloudEvent[] {
  const subject = randomUUID()
  return upTo(count).map((aggregateversion) => ({
    specversion: '1.0',
    id: randomUUID(),
    source: '/holdfast',
    type: `${aggregatetype}.changed`,
    subject,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    data: { version: aggregateversion, ...data },
    partitionkey: subject,
    aggregatetype,
    aggregateversion
  }))
}

const bySubject = (events: CloudEvent[]) =>
  Object.fromEntries(Map.groupBy(events, ({ subject }) => subject))

const upTo = (last: number) => Array.from({ length: last }, (_, n) => n + 1)
