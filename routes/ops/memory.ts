import type { FastifyInstance } from 'fastify'
import { startBackgroundTask } from '../../plugins/lib/background-task.ts'
import { figuresOf, type Figures } from './figures.ts'

export type Sample = { at: string; figures: Figures }

const every_ms = 15_000
const most = 240

/** What this node was like in the last hour, a sample every 15 s. A node that starts has no samples of before. */
export function openMemory(fastify: FastifyInstance): Sample[] {
  const { metrics, log } = fastify
  const samples: Sample[] = []
  const pause_ms = () => (samples.length === 0 ? 0 : every_ms)
  startBackgroundTask(fastify, pause_ms, async () => {
    try {
      const figures = figuresOf(await metrics.registry.metrics())
      samples.push({ at: new Date().toISOString(), figures })
      if (samples.length > most) samples.shift()
    } catch (err) {
      log.warn({ err }, "the node's own figures could not be read")
    }
  })
  return samples
}
