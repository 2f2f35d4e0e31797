import { rm } from 'node:fs/promises'
import type { SupervisedProcess } from '../supervisor/supervised-process.ts'
import { makeDataFolder } from './data-folder.ts'
import { startTestServers, type TestServers } from './start.ts'

/** What asks a program to end. */
export const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Runs `work` with servers that live as long as it does: they are stopped and their folder is removed whatever happens.
 * What it throws is told in one line, and makes the exit code 1. A signal ends nothing by itself, or the servers would stay:
 * `interrupted` tells of it.
 */
export async function withTestServers(
  name: string,
  work: (servers: TestServers, interrupted: AbortSignal) => Promise<void>,
  { place, settings }: { place?: 'memory' | 'disk'; settings?: string[] } = {}
): Promise<void> {
  const interruption = new AbortController()
  for (const signal of signals)
    process.on(signal, () => interruption.abort(new Error('interrupted')))
  const folder = makeDataFolder(place)
  const started: SupervisedProcess[] = []
  try {
    const servers = await startTestServers(folder, (server) => started.push(server), settings)
    await work(servers, interruption.signal)
  } catch (err) {
    console.error(`${name}: ${(err as Error).message}`)
    process.exitCode = 1
  } finally {
    await Promise.all(started.map((server) => server.stop()))
    await rm(folder, { recursive: true, force: true })
  }
}
