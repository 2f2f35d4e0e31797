import { rm } from 'node:fs/promises'
import type { SupervisedProcess } from '../supervisor/supervised-process.ts'
import { makeDataFolder } from './data-folder.ts'
import { startTestServers, type TestServers } from './start.ts'

/** The signals that ask a program to end. */
export const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Runs `work` with test servers, which are stopped and removed whatever happens. An error of `work` is printed in one line,
 * and the exit code is 1. A signal does not end the process, because the servers would stay: it aborts `interrupted`.
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
