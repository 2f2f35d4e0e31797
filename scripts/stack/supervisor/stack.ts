import { superviseProcess, type SupervisedProcess } from './supervised-process.ts'
import type { Launch } from './process.ts'

/** In the order of stopping: a server stops before those it needs. */
const kinds = ['proxy', 'node', 'database', 'redis'] as const

export type Kind = (typeof kinds)[number]

/** The supervised processes of a system, so that all of them can be stopped, however far the start has come. */
export type Stack = {
  /** The folder of pid files and logs. */
  readonly run: string
  keep(kind: Kind, name: string, launch: Launch): SupervisedProcess
  stop(): Promise<void>
}

/** `changed` is called when a process died (with a sentence) or was restarted (with an empty text). */
export function newStack(run: string, changed: (what: string) => void): Stack {
  const processes: { kind: Kind; server: SupervisedProcess }[] = []
  let stopping = false
  return {
    run,
    keep(kind, name, launch) {
      if (stopping) throw new Error('stopped while starting')
      const server = superviseProcess(run, name, launch, changed)
      processes.push({ kind, server })
      return server
    },
    async stop() {
      stopping = true
      for (const kind of kinds) {
        const ofKind = processes.filter((one) => one.kind === kind)
        await Promise.all(ofKind.map(({ server }) => server.stop()))
      }
    }
  }
}
