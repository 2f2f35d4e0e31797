import path from 'node:path'
import { readJson } from '../stack/supervisor/files.ts'
import type { FaultProxy } from '../stack/test-servers/fault-proxy.ts'
import type { Running } from '../stack/running.ts'

/** The system under proof. */
export type Target = {
  /** What its stack.json says at this moment. */
  now: () => Running
  /** Where it keeps its data. */
  data: string
  /** The nodes' fault proxies to the primary and to Redis; none in a system that the proof did not start. */
  paths: { primary: FaultProxy[]; redis: FaultProxy[] }
}

/** Takes a running system as the target. @throws when the file is not a stack.json */
export function takeStack(file: string): Target {
  const now = () => {
    const running = readJson<Running>(file)
    if (!running) throw new Error(`${file} is not the stack.json of a running system`)
    return running
  }
  now()
  return { now, data: path.dirname(path.resolve(file)), paths: { primary: [], redis: [] } }
}
