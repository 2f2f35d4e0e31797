import { superviseProcess, type SupervisedProcess } from './supervised-process.ts'
import type { Launch } from './process.ts'

/** In the order of stopping: no new requests, then nobody who asks, then those who were asked. */
const kinds = ['door', 'node', 'database', 'redis'] as const

export type Kind = (typeof kinds)[number]

/** Everything that runs, so that it can be stopped whatever happens and however far the start has come. */
export type Stack = {
  readonly run: string
  keep(kind: Kind, name: string, launch: Launch): SupervisedProcess
  stop(): Promise<void>
}

/** `changed` is told of a server that died (in words) or was started again (empty). */
export function newStack(run: string, changed: (what: string) => void): Stack {
  const servers: { kind: Kind; server: SupervisedProcess }[] = []
  let stopping = false
  return {
    run,
    keep(kind, name, launch) {
      if (stopping) throw new Error('stopped while starting')
      const server = superviseProcess(run, name, launch, changed)
      servers.push({ kind, server })
      return server
    },
    async stop() {
      stopping = true
      for (const kind of kinds) {
        const ours = servers.filter((one) => one.kind === kind)
        await Promise.all(ours.map(({ server }) => server.stop()))
      }
    }
  }
}
