import path from 'node:path'
import { readJson } from '../stack/supervisor/files.ts'
import type { FaultProxy } from '../stack/test-servers/fault-proxy.ts'
import type { Running } from '../stack/running.ts'

/** The system under proof, as its stack.json tells it now. */
export type Target = {
  now: () => Running
  /** Where it keeps its data. */
  data: string
  /** The nodes' ways to the primary and to Redis; none into a system that was started by somebody else. */
  paths: { primary: FaultProxy[]; redis: FaultProxy[] }
}

/** @throws when there is no such file, or nothing runs there */
export function takeStack(file: string): Target {
  const now = () => {
    const running = readJson<Running>(file)
    if (!running) throw new Error(`${file} is not the stack.json of a running system`)
    return running
  }
  now()
  return { now, data: path.dirname(path.resolve(file)), paths: { primary: [], redis: [] } }
}
