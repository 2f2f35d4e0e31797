import { mkdirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { EventRefused, type CloudEvent, type EventSink } from './sink.ts'

/*
 * The template of an event sink: `npm run new -- sink NAME` copies this file (CONTRIBUTING.md). It keeps the contract: put
 * your server in the place of the files, and let the contract test say when a promise breaks.
 */

/** Appends the events of an aggregate type to a file of that name in the data folder, a CloudEvent as JSON a line. */
export function templateSink({ config }: Pick<FastifyInstance, 'config'>): EventSink {
  const folder = join(config.HOLDFAST_DATA, 'template')
  mkdirSync(folder, { recursive: true })

  /** Resolves when the event is on the disk. */
  async function append(event: CloudEvent) {
    try {
      const file = await open(join(folder, event.aggregatetype), 'a')
      await file
        .appendFile(`${JSON.stringify(event)}\n`)
        .then(() => file.datasync())
        .finally(() => file.close())
    } catch (cause) {
      // An error that concerns this event alone is a refusal. Every other error means that the sink is unreachable.
      if ((cause as NodeJS.ErrnoException).code !== 'EISDIR') throw cause
      throw new EventRefused('the file of an event cannot be written', { event: event.id, cause })
    }
  }

  return {
    name: 'template',
    // A sink that holds a connection opens it here, without waiting for the server, and closes it in `stop`.
    start: async () => {},
    stop: async () => {},

    async accept(events) {
      for (const event of events) await append(event)
      return events.length
    }
  }
}
