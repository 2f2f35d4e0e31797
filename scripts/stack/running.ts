import path from 'node:path'
import { external, type Database, type RedisServer } from './databases.ts'
import type { Proxy } from './proxy/start.ts'
import { readJson } from './supervisor/files.ts'
import type { NodeServer } from './nodes/start.ts'
import { externalServers, root } from './settings.ts'

/** What stack.json tells. Pids change when something was started again. */
export type Running = {
  /** The door's, or the first node's where there is none. */
  url: string
  admin_key: string
  nodes: Pick<NodeServer, 'url' | 'port' | 'pid'>[]
  nginx: Pick<Proxy, 'port' | 'pid'> | null
  redis: RedisServer
  postgres: { primary: Database; replicas: Database[] }
  /** The folder of the logs. */
  log: string
}

export const stackFile = (data: string) => path.join(data, 'stack.json')

/** The data folder that is meant: HOLDFAST_DATA's, else the clone's own. */
export const dataFolder = () => path.resolve(root, process.env.HOLDFAST_DATA || '.holdfast')

/** The databases of the environment, else those of the system that runs on this machine. */
export function runningDatabases(): Running['postgres'] {
  const { primary, replicas = [] } = externalServers(process.env)
  if (!primary) return runningStack().postgres
  return { primary: external(primary), replicas: replicas.map(external) }
}

/** @throws one line when nothing runs there */
export function runningStack(data = dataFolder()): Running {
  const running = readJson<Running>(stackFile(data))
  if (running) return running
  throw new Error(`nothing runs in ${data}: npm start, or set HOLDFAST_DATA or PRIMARY_URL`)
}

/** The replica that a person means: 1 is the first. */
export function replicaNumber(word: string | undefined, replicas: number): number {
  const number = Number(word)
  if (Number.isInteger(number) && number >= 1 && number <= replicas) return number
  throw new Error(`say which replica, 1 to ${replicas}, not ${word ?? 'nothing'}`)
}
